#include "client/input.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace client {

bool read_up_to(int fd, size_t max_bytes, std::string& out) {
    constexpr size_t kFirst = 64 * 1024;
    size_t used = out.size();
    const size_t end = used + max_bytes;
    for (;;) {
        if (used == end)
            break;
        if (used == out.size())
            out.resize(std::min(end, std::max(kFirst, used * 2)));
        const ssize_t n = ::read(fd, out.data() + used, out.size() - used);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            out.resize(used);
            return n == 0;
        }
        used += static_cast<size_t>(n);
    }
    out.resize(used);
    return true;
}

protocol::ResultCode Input::read(int fd, size_t max_bytes, bool is_bsmtp) {
    using protocol::ResultCode;
    if (!read_up_to(fd, max_bytes + 1, raw_) || raw_.empty())
        return ResultCode::IoErr;
    if (raw_.size() > max_bytes)
        return ResultCode::TooBig;
    if (is_bsmtp) {
        auto bsmtp = read_bsmtp(raw_);
        if (!bsmtp)
            return ResultCode::DataErr;
        bsmtp_ = std::move(*bsmtp);
        is_bsmtp_ = true;
    }
    return ResultCode::Ok;
}

std::string Input::wrap(std::string answer) const {
    if (!is_bsmtp_)
        return answer;
    std::string out(bsmtp_.envelope);
    out.reserve(bsmtp_.envelope.size() + answer.size() + bsmtp_.trailer.size() + 64);
    append_dot_stuffed(out, answer);
    out += bsmtp_.trailer;
    return out;
}

}  // namespace client
