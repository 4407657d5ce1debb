// miharu-load: sends messages to a spamd or an Rspamd from many clients at once and measures.
//
//   load [options] TARGET LIST
//
// TARGET is a Unix socket's path or HOST:PORT. LIST names messages, one a line, relative to --root;
// they are read into memory before the clock starts. Each client takes the next message when its
// last one is answered, on a connection of its own, as spamc does. One line of figures is printed,
// tab-separated "name=value" pairs, which compare.sh reads.
//
//   --root DIR        what the names of LIST are relative to (.)
//   --clients N       clients at once (4)
//   --verb VERB       CHECK, SYMBOLS, REPORT, REPORT_IFSPAM, PROCESS, HEADERS, PING (SYMBOLS)
//   --user NAME       User: header
//   --http            speak Rspamd's protocol (POST /checkv2) instead of SPAMC
//   --passes N        go through the list N times (1)
//   --seconds S       more passes until S seconds have gone by (0)
//   --slowest N       also name the N slowest messages
//   --wait S          only wait until the first message of LIST is answered, S seconds at most, and
//                     print how long that took in milliseconds
//
// Latency is from before connect() to the end of the answer: its announced length, or else the end
// of file. An answer counts as failed when its first line does not say that the message was
// checked.

#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "util/file.h"
#include "util/strings.h"
#include "util/unique_fd.h"

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds(Clock::duration d) {
    return std::chrono::duration<double, std::milli>(d).count();
}

struct Options {
    std::string target, list, root = ".", verb = "SYMBOLS", user;
    bool http = false;
    int clients = 4, passes = 1, slowest = 0;
    double seconds = 0, wait = 0;
};

struct Target {
    sockaddr_storage address{};
    socklen_t length = 0;
    int family = AF_UNIX;
};

struct Message {
    std::string name;
    std::string request;  // head and body, ready to be sent
    size_t size = 0;      // of the message alone
};

struct Sample {
    double latency_ms = 0;
    uint32_t message = 0;
    bool failed = false;
};

Target resolve(const std::string& text) {
    Target t;
    if (text.find('/') != std::string::npos) {
        auto* un = reinterpret_cast<sockaddr_un*>(&t.address);
        un->sun_family = AF_UNIX;
        std::strncpy(un->sun_path, text.c_str(), sizeof un->sun_path - 1);
        t.length = sizeof *un;
        return t;
    }
    auto colon = text.rfind(':');
    auto* in = reinterpret_cast<sockaddr_in*>(&t.address);
    in->sin_family = AF_INET;
    in->sin_port = htons(static_cast<uint16_t>(std::atoi(text.c_str() + colon + 1)));
    inet_pton(AF_INET, text.substr(0, colon).c_str(), &in->sin_addr);
    t.family = AF_INET;
    t.length = sizeof *in;
    return t;
}

std::string request_for(const Options& o, const std::string& body) {
    if (o.http)
        return fmt::format(
                   "POST /checkv2 HTTP/1.1\r\nHost: localhost\r\nConnection: "
                   "close\r\nContent-Length: "
                   "{}\r\n\r\n",
                   body.size()) +
               body;
    if (o.verb == "PING")
        return "PING SPAMC/1.5\r\n\r\n";
    std::string head = o.verb + " SPAMC/1.5\r\n";
    if (!o.user.empty())
        head += "User: " + o.user + "\r\n";
    return head + fmt::format("Content-length: {}\r\n\r\n", body.size()) + body;
}

std::vector<Message> read_messages(const Options& o) {
    std::vector<Message> messages;
    std::string list = util::read_file(o.list);
    for (auto line : util::split(list, '\n')) {
        if (line.empty())
            continue;
        std::string body = util::read_file(o.root + "/" + std::string(line));
        messages.push_back({std::string(line), request_for(o, body), body.size()});
    }
    return messages;
}

// How long an answer says it is, head and all, once it has said so; else npos.
size_t announced_length(std::string_view answer) {
    size_t end = answer.find("\r\n\r\n");
    if (end == answer.npos)
        return answer.npos;
    for (auto line : util::split(answer.substr(0, end), '\n')) {
        constexpr std::string_view name = "content-length:";
        if (util::istarts_with(line, name))
            if (auto length = util::parse_int(util::trim(line.substr(name.size()))))
                return end + 4 + static_cast<size_t>(*length);
    }
    return answer.npos;
}

// Sends while reading: a server may answer before it has taken everything. False on any failure.
// Asks the kernel for little: client and server share the processors.
bool exchange(const Target& target, const std::string& request, std::string& answer,
              bool half_close) {
    util::UniqueFd fd(socket(target.family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    answer.clear();
    if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&target.address), target.length) != 0)
        return false;
    size_t sent = 0, length = answer.npos;
    char buffer[65536];
    short ready = POLLOUT;
    for (;;) {
        if (sent < request.size() && (ready & POLLOUT) != 0) {
            ssize_t n = send(fd.get(), request.data() + sent, request.size() - sent,
                             MSG_NOSIGNAL | MSG_DONTWAIT);
            if (n > 0)
                sent += static_cast<size_t>(n);
            else if (n < 0 && errno != EAGAIN && errno != EINTR)
                sent = request.size();
            if (sent == request.size() && half_close)
                shutdown(fd.get(), SHUT_WR);
        } else if (ready != 0) {
            ssize_t n = recv(fd.get(), buffer, sizeof buffer, MSG_DONTWAIT);
            if (n == 0)
                return true;
            if (n < 0 && errno != EAGAIN && errno != EINTR)
                return false;
            if (n > 0)
                answer.append(buffer, static_cast<size_t>(n));
            if (length == answer.npos)
                length = announced_length(answer);
            if (answer.size() >= length)
                return true;
        }
        // Not recv() alone, which wakes for every bit of the request that the server takes.
        pollfd p{fd.get(), static_cast<short>(sent < request.size() ? POLLIN | POLLOUT : POLLIN),
                 0};
        poll(&p, 1, -1);
        ready = p.revents;
    }
}

bool is_success(const Options& o, const std::string& answer) {
    if (o.http)
        return answer.compare(0, 12, "HTTP/1.1 200") == 0;
    size_t space = answer.find(' ');
    return answer.compare(0, 6, "SPAMD/") == 0 && space != std::string::npos &&
           answer.compare(space, 3, " 0 ") == 0;
}

double percentile(const std::vector<Sample>& sorted, double p) {
    if (sorted.empty())
        return 0;
    auto i = static_cast<size_t>(p * static_cast<double>(sorted.size() - 1) + 0.5);
    return sorted[i].latency_ms;
}

int wait_for_answer(const Options& o, const Target& target, const std::vector<Message>& messages) {
    auto start = Clock::now();
    std::string answer;
    while (milliseconds(Clock::now() - start) < o.wait * 1000) {
        if (exchange(target, messages.at(0).request, answer, !o.http) && is_success(o, answer)) {
            fmt::print("{:.1f}\n", milliseconds(Clock::now() - start));
            return 0;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    fmt::print(stderr, "load: {} does not answer\n", o.target);
    return 1;
}

int run(const Options& o, const Target& target, const std::vector<Message>& messages) {
    std::atomic<size_t> next{0};
    std::atomic<size_t> received{0};
    auto start = Clock::now();
    auto wanted = static_cast<size_t>(o.passes) * messages.size();
    std::vector<std::vector<Sample>> samples(static_cast<size_t>(o.clients));
    std::vector<std::thread> threads;
    for (auto& mine : samples) {
        threads.emplace_back([&] {
            std::string answer;
            for (;;) {
                size_t n = next++;
                // Whole passes only, so that every run has the same mix.
                if (n >= wanted && (milliseconds(Clock::now() - start) >= o.seconds * 1000))
                    return;
                auto i = static_cast<uint32_t>(n % messages.size());
                auto before = Clock::now();
                bool ok = exchange(target, messages[i].request, answer, !o.http);
                mine.push_back(
                    {milliseconds(Clock::now() - before), i, !ok || !is_success(o, answer)});
                received += answer.size();
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    double seconds = milliseconds(Clock::now() - start) / 1000;

    std::vector<Sample> all;
    for (const auto& some : samples)
        all.insert(all.end(), some.begin(), some.end());
    size_t failed = 0, bytes = 0;
    for (const Sample& s : all) {
        failed += s.failed ? 1u : 0u;
        bytes += messages[s.message].size;
    }
    std::sort(all.begin(), all.end(),
              [](const Sample& a, const Sample& b) { return a.latency_ms < b.latency_ms; });
    auto count = static_cast<double>(all.size());
    fmt::print(
        "messages={}\tfailed={}\tseconds={:.3f}\tper_second={:.1f}\tmb_per_second={:.2f}\tp50={:."
        "2f}"
        "\tp95={:.2f}\tp99={:.2f}\tmax={:.2f}\tsent_mb={:.2f}\treceived_mb={:.2f}\n",
        all.size(), failed, seconds, count / seconds, static_cast<double>(bytes) / 1e6 / seconds,
        percentile(all, .50), percentile(all, .95), percentile(all, .99), percentile(all, 1),
        static_cast<double>(bytes) / 1e6, static_cast<double>(received.load()) / 1e6);
    for (int i = 0; i < o.slowest && static_cast<size_t>(i) < all.size(); ++i) {
        const Sample& s = all[all.size() - 1 - static_cast<size_t>(i)];
        fmt::print("{:9.2f} ms  {:8} bytes  {}\n", s.latency_ms, messages[s.message].size,
                   messages[s.message].name);
    }
    return failed == 0 ? 0 : 1;
}

int usage() {
    fmt::print(stderr,
               "usage: load [--root DIR] [--clients N] [--verb VERB] [--user NAME] [--http]\n"
               "            [--passes N] [--seconds S] [--slowest N] [--wait S] TARGET LIST\n");
    return 64;
}

}  // namespace

int main(int argc, char** argv) {
    Options o;
    std::vector<std::string> names;
    for (int i = 1; i < argc; ++i) {
        std::string_view a = argv[i];
        if (a == "--http") {
            o.http = true;
            continue;
        }
        if (!a.starts_with("--")) {
            names.emplace_back(a);
            continue;
        }
        if (i + 1 >= argc)
            return usage();
        const char* value = argv[++i];
        if (a == "--root")
            o.root = value;
        else if (a == "--clients")
            o.clients = std::max(1, std::atoi(value));
        else if (a == "--verb")
            o.verb = value;
        else if (a == "--user")
            o.user = value;
        else if (a == "--passes")
            o.passes = std::atoi(value);
        else if (a == "--seconds")
            o.seconds = std::atof(value);
        else if (a == "--slowest")
            o.slowest = std::atoi(value);
        else if (a == "--wait")
            o.wait = std::atof(value);
        else
            return usage();
    }
    if (names.size() != 2)
        return usage();
    o.target = names[0];
    o.list = names[1];
    try {
        Target target = resolve(o.target);
        std::vector<Message> messages = read_messages(o);
        if (messages.empty())
            return usage();
        return o.wait > 0 ? wait_for_answer(o, target, messages) : run(o, target, messages);
    } catch (const std::exception& e) {
        fmt::print(stderr, "load: {}\n", e.what());
        return 74;
    }
}
