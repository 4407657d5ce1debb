#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "plugin_bench.h"
#include "plugins/language_models.h"
#include "tests/support/temporary_directory.h"

namespace {

const char kEnglish[] =
    "The house on the hill was built by a man who had come from the sea and who did not want to "
    "go back there. Every morning he would walk down to the village with his dog, buy bread and "
    "milk, and talk with the people about the weather. They thought that he was strange, but they "
    "liked him well enough, and when the winter was hard they brought him wood for the fire.";
const char kGerman[] =
    "Das Haus auf dem Berg wurde von einem Mann gebaut, der vom Meer gekommen war und nicht mehr "
    "dorthin wollte. Jeden Morgen ging er mit seinem Hund ins Dorf hinunter, kaufte Brot und "
    "Milch und sprach mit den Leuten vom Wetter. Sie hielten ihn zwar für seltsam, mochten ihn "
    "aber gern, und wenn der Winter streng war, brachten sie ihm Holz für das Feuer.";
const char kFrench[] =
    "La maison sur la colline avait été construite par un homme qui venait de la mer et qui ne "
    "voulait plus y retourner. Chaque matin il descendait au village avec son chien, achetait du "
    "pain et du lait, et parlait avec les gens du temps qu'il faisait. On le trouvait étrange, "
    "mais on l'aimait bien, et quand l'hiver était rude on lui apportait du bois pour le feu.";

const char kEnglishMail[] =
    "Please find the report that you asked me for last week. I have talked with the others and "
    "they think that we should wait until the end of the month before we tell them what it will "
    "cost. If you want to see the numbers, come by the office on Friday morning and we will go "
    "through all of them together.\n";
const char kGermanMail[] =
    "Anbei findest du den Bericht, um den du mich letzte Woche gebeten hast. Ich habe mit den "
    "anderen gesprochen, und sie meinen, dass wir bis zum Ende des Monats warten sollten, bevor "
    "wir ihnen sagen, was es kosten wird. Wenn du die Zahlen sehen willst, komm am Freitag ins "
    "Büro, dann gehen wir sie zusammen durch.\n";

struct Models : TemporaryDirectory {
    Models() {
        std::ofstream file(path + "/languages", std::ios::binary);
        for (const auto& [language, text] :
             {std::pair("en", kEnglish), std::pair("de.utf8", kGerman), std::pair("fr", kFrench)}) {
            for (const auto& ngram : plugins::rank_ngrams(text, false, 400, 0))
                file << ngram << '\n';
            file << "0 " << language << '\n';
        }
    }
    std::string config(std::string_view more = "") const {
        return "textcat_models " + path + "/languages\nbody OTHER eval:check_language()\n" +
               "body EIGHT eval:check_body_8bits()\n" + std::string(more);
    }
};

std::string mail(std::string_view body) {
    return "From: a@b.example\nSubject: Re: hi\nMIME-Version: 1.0\n"
           "Content-Type: text/plain; charset=UTF-8\n\n" +
           std::string(body);
}

std::string shown(std::string ngram) {
    std::replace(ngram.begin(), ngram.end(), '\0', '_');
    return ngram;
}

std::string ranked(std::string_view text, bool of_characters = false, double limit = 400,
                   double more_often_than = 0) {
    std::string all;
    for (const auto& ngram : plugins::rank_ngrams(text, of_characters, limit, more_often_than))
        all += (all.empty() ? "" : " ") + shown(ngram);
    return all;
}

}  // namespace

TEST_CASE("textcat: n-grams of words are ranked by how often they occur, then by bytes") {
    CHECK(ranked("ab") == "_ _a _ab _ab_ a ab ab_ b b_");
    CHECK(ranked("a-a, 1a!") == "_ _a _a_ a a_");
    CHECK(ranked("abab", false, 3) == "_ a ab");
    CHECK(ranked("aab", false, 400, 1) == "_ a");
    CHECK(ranked("") == "");
    CHECK(ranked("12 +-") == "");
    SUBCASE("capitals count as small letters in words of four and more") {
        CHECK(ranked("ABCD") == ranked("abcd"));
        CHECK(ranked("ABC") != ranked("abc"));
        CHECK(ranked("\xc4"
                     "bcD",
                     false) == ranked("\xe4"
                                      "bcd",
                                      false));
    }
    SUBCASE("characters of several bytes may count as one") {
        CHECK(ranked("\xc3\xa4", false) ==
              "_ _\xc3 _\xc3\xa4 _\xc3\xa4_ \xa4 \xa4_ \xc3 \xc3\xa4 "
              "\xc3\xa4_");
        CHECK(ranked("\xc3\xa4", true) == "_ _\xc3\xa4 _\xc3\xa4_ \xc3\xa4 \xc3\xa4_");
    }
}

TEST_CASE("textcat: distances add up ranks and penalties") {
    plugins::LanguageModels models;
    models.add_languages_file("a\nb\nc\n0 xx\nb\na\n0 xx.utf8\nz\n0 yy\nc\n0 zz\nrest");
    CHECK(models.size() == 4);
    auto all = models.distances({"a", "b"}, 10, [](std::string_view l) { return l == "zz"; });
    REQUIRE(all.size() == 2);
    // Ranks begin with 1, places in the text with 0.
    CHECK(all[0] == std::pair<std::string, double>("xx", 2));
    CHECK(all[1] == std::pair<std::string, double>("yy", 20));
}

TEST_CASE("textcat: the language of a mail is guessed") {
    Models models;
    PluginBench bench("TextCat", models.config("header GERMAN X-Languages =~ /\\bde\\b/\n"));
    REQUIRE(bench.diagnostics.all().empty());
    auto german = bench.check(mail(kGermanMail));
    CHECK(german.metadata("X-Languages") == "de");
    CHECK(german.hit("GERMAN"));
    CHECK(german.tag("TEXTCATRESULTS").starts_with("de:"));
    CHECK(german.tag("TEXTCATRESULTS").find("(1.00) en:") != std::string::npos);
    auto english = bench.check(mail(kEnglishMail));
    CHECK(english.metadata("X-Languages") == "en");
    CHECK_FALSE(english.hit("GERMAN"));
    // By default every language is fine.
    CHECK_FALSE(german.hit("OTHER"));

    auto tiny = bench.check(mail("Hallo, wie geht es?\n"));
    CHECK(tiny.metadata("X-Languages") == "");
    CHECK(tiny.metadata("X-Languages-Length") == "24");
}

TEST_CASE("textcat: links and addresses are not read") {
    Models models;
    PluginBench bench("TextCat", models.config());
    auto c =
        bench.check(mail("see http://a.example/the-house-on-the-hill or www.b.example/the or "
                         "who.had.come@c.example now\n"));
    // "hi" and a line end, a line end, "see   or   or   now ".
    CHECK(c.metadata("X-Languages-Length") == "24");
}

TEST_CASE("textcat: mail in a language that is not read hits") {
    Models models;
    PluginBench bench("TextCat", models.config("ok_languages en fr\n"));
    auto german = bench.check(mail(kGermanMail));
    CHECK(german.hit("OTHER"));
    CHECK(german.details("OTHER") == "Languages detected: de");
    CHECK_FALSE(bench.check(mail(kEnglishMail)).hit("OTHER"));
    CHECK_FALSE(bench.check(mail("Kurz.\n")).hit("OTHER"));

    PluginBench unsure("TextCat", models.config("ok_languages en\ntextcat_acceptable_score 10\n"
                                                "textcat_max_languages 2\n"));
    CHECK(unsure.check(mail(kGermanMail)).metadata("X-Languages") == "");
    PluginBench inactive("TextCat", models.config("inactive_languages de\n"));
    CHECK(inactive.check(mail(kGermanMail)).metadata("X-Languages") != "de");
    PluginBench both("TextCat", models.config("inactive_languages de\nok_languages de\n"));
    CHECK(both.check(mail(kGermanMail)).metadata("X-Languages") == "de");
}

TEST_CASE("textcat: many high bytes hit where no language read has them") {
    Models models;
    std::string text = "\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82\n";
    CHECK_FALSE(PluginBench("TextCat", models.config()).check(mail(text)).hit("EIGHT"));
    CHECK(
        PluginBench("TextCat", models.config("ok_languages en\n")).check(mail(text)).hit("EIGHT"));
    CHECK_FALSE(PluginBench("TextCat", models.config("ok_languages en ru\n"))
                    .check(mail(text))
                    .hit("EIGHT"));
    CHECK_FALSE(PluginBench("TextCat", models.config("ok_languages en\n"))
                    .check(mail(kGermanMail))
                    .hit("EIGHT"));
}

TEST_CASE("textcat: a folder of libexttextcat will do") {
    Models models;
    for (const auto& [language, text] :
         {std::pair("en", kEnglish), std::pair("nb", kGerman), std::pair("xyz", kFrench)}) {
        std::ofstream file(models.path + "/" + language + ".lm", std::ios::binary);
        for (const auto& ngram : plugins::rank_ngrams(text, true, 400, 0))
            file << shown(ngram) << "\t 7\n";
    }
    PluginBench bench("TextCat", "textcat_models " + models.path + "\n");
    REQUIRE(bench.diagnostics.all().empty());
    auto c = bench.check(mail(kGermanMail));
    CHECK(c.metadata("X-Languages") == "no.nb");
    CHECK(c.tag("TEXTCATRESULTS").find("xyz") == std::string::npos);
}

TEST_CASE("textcat: without models nothing is guessed and a warning says so") {
    PluginBench bench("TextCat",
                      "textcat_models /nonexistent/languages\nbody OTHER eval:check_language()\n"
                      "body EIGHT eval:check_body_8bits()\nok_languages en\n");
    REQUIRE(bench.diagnostics.all().size() == 1);
    CHECK(bench.diagnostics.all()[0].text ==
          "textcat: cannot open languages file /nonexistent/languages: No such file or directory");
    auto c = bench.check(mail(kGermanMail));
    CHECK(c.metadata("X-Languages") == "(none)");
    CHECK_FALSE(c.hit("OTHER"));
    CHECK_FALSE(c.hit("EIGHT"));
}
