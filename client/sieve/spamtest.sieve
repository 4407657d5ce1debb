# A user's own script in the portable words of RFC 5235; the site maps X-Spam-Status to them
# (sieve_spamtest_* in the configuration of Dovecot). 100 percent is the threshold of the message.
require ["fileinto", "mailbox", "spamtestplus", "relational", "comparator-i;ascii-numeric"];

if spamtest :percent :value "ge" :comparator "i;ascii-numeric" "60" {
    fileinto :create "Junk";
    stop;
}
