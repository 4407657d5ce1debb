// The values of a configuration: one plain struct ("block") per owner, found by its type.
//
// Copying a Settings is cheap (blocks are shared) and edit() clones a block only when it is shared.
// That is how a user's preferences lie over the site's: copy, read user_prefs into the copy, scan,
// drop it. The original is never touched, so nothing of one request leaks into the next.
//
//   struct FreeMailSettings { int max_body_emails = 5; std::set<std::string> domains; };
//   settings.edit<FreeMailSettings>().max_body_emails = 3;      // while reading configuration
//   status.settings().get<FreeMailSettings>().max_body_emails   // while scanning

#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include <atomic>
#include <memory>
#include <vector>

namespace config {

class Settings {
public:
    // The block, or a default-constructed one if no line ever touched it.
    template <typename T>
    const T& get() const {
        size_t i = index<T>();
        if (i < blocks_.size() && blocks_[i])
            return *static_cast<const T*>(blocks_[i].get());
        static const T defaults{};
        return defaults;
    }

    template <typename T>
    T& edit() {
        size_t i = index<T>();
        if (i >= blocks_.size())
            blocks_.resize(i + 1);
        if (!blocks_[i])
            blocks_[i] = std::make_shared<T>();
        else if (blocks_[i].use_count() > 1)
            blocks_[i] = std::make_shared<T>(*static_cast<const T*>(blocks_[i].get()));
        return *static_cast<T*>(blocks_[i].get());
    }

    // The address of a block says whether a derived, cached form is still good.
    template <typename T>
    std::shared_ptr<const T> share() const {
        size_t i = index<T>();
        if (i < blocks_.size() && blocks_[i])
            return std::static_pointer_cast<const T>(blocks_[i]);
        return nullptr;
    }

private:
    static size_t next_index() {
        static std::atomic<size_t> next{0};
        return next++;
    }
    template <typename T>
    static size_t index() {
        static const size_t i = next_index();
        return i;
    }
    std::vector<std::shared_ptr<void>> blocks_;
};

}  // namespace config

#endif  // CONFIG_SETTINGS_H
