#include "protocol/request.h"

namespace protocol {

std::string Targets::text() const {
    if (local && remote)
        return "local,remote";
    return local ? "local" : remote ? "remote" : "";
}

std::string print_request_head(const Request& request, size_t body_bytes) {
    std::string head(command_name(request.command));
    head += " SPAMC/1.5\r\n";
    if (carries_message(request.command)) {
        if (request.message_class)
            head += "Message-class: " + *request.message_class + "\r\n";
        if (request.set.any())
            head += "Set: " + request.set.text() + "\r\n";
        if (request.remove.any())
            head += "Remove: " + request.remove.text() + "\r\n";
        if (request.is_compressed)
            head += "Compress: zlib\r\n";
        if (request.user)
            head += "User: " + *request.user + "\r\n";
        head += "Content-length: " + std::to_string(body_bytes) + "\r\n";
    }
    head += "\r\n";
    return head;
}

}  // namespace protocol
