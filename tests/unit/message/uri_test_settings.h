// Settings with a small registry of our own for the URI tests.

#ifndef TESTS_UNIT_MESSAGE_URI_TEST_SETTINGS_H
#define TESTS_UNIT_MESSAGE_URI_TEST_SETTINGS_H

#include <memory>

#include "message/settings.h"

inline message::MessageSettings uri_test_settings() {
    auto registry = std::make_shared<message::Registry>();
    for (const char* tld : {"com", "net", "org", "example", "uk", "us", "de", "рф"})
        registry->add_tld(tld);
    for (const char* tld : {"co.uk", "com.us"})
        registry->add_2tld(tld);
    registry->add_3tld("demon.co.uk");
    message::MessageSettings settings;
    settings.registry = registry;
    return settings;
}

#endif  // TESTS_UNIT_MESSAGE_URI_TEST_SETTINGS_H
