# A user's own script: stricter than the site for one, more lenient for another. X-Spam-Level has one star
# for each point of the score.
require ["fileinto", "mailbox"];

# From 3 points on it is spam to me.
if header :contains "X-Spam-Level" "***" {
    fileinto :create "Junk";
    stop;
}
# To let mail through that the site calls spam, name the mailbox: "keep" would go on to the site's script.
#   if not header :contains "X-Spam-Level" "**********" { fileinto "INBOX"; stop; }
