# Runs after every user's script (sieve_after), when that did not file the message: spam goes to Junk.
require ["fileinto", "mailbox"];

if header :matches "X-Spam-Status" "Yes,*" {
    fileinto :create "Junk";
    stop;
}
