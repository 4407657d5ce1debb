# Runs before every user's script (sieve_before): has the message looked at and marked. When that fails,
# the message goes on as it is.
require ["vnd.dovecot.filter"];

if filter "spam-filter" {
}
