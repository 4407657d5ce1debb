// The native plugins, one maker each. plugins.cc hands them to the registry.

#ifndef PLUGINS_MAKERS_H
#define PLUGINS_MAKERS_H

#include <memory>

#include "rules/plugin.h"

namespace plugins {

std::unique_ptr<rules::Plugin> make_mime_header();
std::unique_ptr<rules::Plugin> make_replace_tags();

}  // namespace plugins

#endif  // PLUGINS_MAKERS_H
