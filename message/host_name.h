// Host names as URIs and addresses carry them: their ASCII form, and whether they are well formed.
//
// All functions take octets. Characters of a Perl string are passed as their UTF-8, which is what
// SpamAssassin makes of them before it looks (Util::idn_to_ascii, Util::is_fqdn_valid,
// Constants::IS_IP_ADDRESS). None of them fails: a name that cannot be converted comes back as it
// was. Whether a TLD exists is the Registry's business.

#ifndef MESSAGE_HOST_NAME_H
#define MESSAGE_HOST_NAME_H

#include <string>
#include <string_view>

namespace message {

// The ACE form ("xn--..."), lower case, with the four other Unicode dots turned into ".". Octets
// that are neither UTF-8 nor the letters of ISO-8859-1 are only lowercased; a name that IDNA2008
// (non-transitional, as libidn2 implements it) refuses is returned unchanged.
std::string idn_to_ascii(std::string_view host);

// At least two labels of 1..63 letters, digits, inner hyphens and (not in the last two labels)
// underscores, 253 octets in all; trailing dots do not count. The name must be in ASCII form, its
// case does not matter.
bool is_fqdn_valid(std::string_view host);

}  // namespace message

#endif  // MESSAGE_HOST_NAME_H
