#!/usr/bin/perl -T
# Runs SpamAssassin's program many times in children of one process, which has loaded its modules already.
#
#     resident.pl PROGRAM
#
# Each line of standard input names a directory with the files `arguments` (one a line), `in` and
# `environment` (NAME=VALUE). Standard output and error go to the files `out` and `err` there; the exit code
# is the answer, a line on standard output.
use strict;
use warnings;
use Mail::SpamAssassin;
use Mail::SpamAssassin::ArchiveIterator;
use Mail::SpamAssassin::PerMsgStatus;
use Mail::SpamAssassin::Plugin;

my ($program) = $ARGV[0] =~ /^(.*)$/;
$| = 1;
for my $name (qw(ASN AskDNS AuthRes AutoLearnThreshold Bayes BodyEval Check DKIM DMARC DNSEval DecodeShortURLs
                 ExtractText FreeMail FromNameSpoof HTMLEval HTTPSMismatch HashBL HeaderEval ImageInfo MIMEEval
                 MIMEHeader OLEVBMacro PDFInfo Phishing Pyzor Razor2 RelayCountry RelayEval ReplaceTags Reuse SPF
                 Shortcircuit SpamCop TextCat TxRep URIDNSBL URIDetail URIEval URILocalBL VBounce WLBLEval
                 WelcomeListSubject)) {
    eval "require Mail::SpamAssassin::Plugin::$name";
}

sub lines {
    my ($path) = @_;
    open(my $file, '<', $path) or die "$path: $!";
    my @lines = map { chomp; /^(.*)$/s ? $1 : () } <$file>;
    return @lines;
}

while (my $line = <STDIN>) {
    my ($directory) = $line =~ /^(.*)$/;
    my $child = fork();
    die "fork: $!" unless defined $child;
    if ($child == 0) {
        %ENV = map { split(/=/, $_, 2) } lines("$directory/environment");
        @ARGV = lines("$directory/arguments");
        open(STDIN, '<', "$directory/in") or die;
        open(STDOUT, '>', "$directory/out") or die;
        open(STDERR, '>', "$directory/err") or die;
        $| = 0;
        $0 = $program;
        $SIG{ALRM} = 'DEFAULT';
        do $program;
        die $@ || "ended";
    }
    waitpid($child, 0);
    print $? & 127 ? -($? & 127) : $? >> 8, "\n";
}
