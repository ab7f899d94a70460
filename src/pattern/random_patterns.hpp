#pragma once

/// Random patterns over a small world, in which much matches by chance, for the property tests. The world:
/// objects of type "o" with letters in the list k, a number n and a text s; a few seconds of time.

#include <random>

#include "pattern/testing.hpp"

namespace tocsin::pattern {

class RandomPatterns {
 public:
  explicit RandomPatterns(std::uint32_t seed) : random_{seed} {}

  std::size_t below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>{0, end - 1}(random_);
  }
  template <class T>
  T one_of(std::initializer_list<T> all) {
    return all.begin()[below(all.size())];
  }

  std::string second(std::size_t from = 0) {
    const auto number = from + below(8);
    return "2020-01-01T00:00:0" + std::to_string(number % 10) + one_of<std::string>({"", ".5", ".50"}) + "Z";
  }

  Observation observation() {
    std::string letters;
    for (const char letter : {'a', 'b', 'c'})
      if (below(2) == 0) letters += std::string{letters.empty() ? "" : ","} + '"' + letter + '"';
    auto made = observed({R"({"type":"o","k":[)" + letters + R"(],"n":)" + std::to_string(below(4)) +
                          R"(,"s":")" + one_of<std::string>({"x", "y", "10.0.0.1", "10.0.0.0/8"}) + R"("})"},
                         second());
    if (below(3) == 0) made.last += std::chrono::milliseconds{500 * below(6)};
    made.count = below(5) == 0 ? 2 : 1;
    return made;
  }

  /// One letter in [ ]: all that the search needs to be confused.
  std::string letter() { return "[o:k[*] = '" + one_of<std::string>({"a", "b", "c"}) + "']"; }

  std::string comparison() {
    return one_of<std::string>({"o:k[*] = 'a'",
                                "o:k[*] NOT = 'a'",
                                "o:k[*] != 'a'",
                                "o:k[0] = 'b'",
                                "o:k[0] NOT = 'b'",
                                "o:k[*] IN ('a', 'b')",
                                "o:k[*] NOT IN ('b', 'a')",
                                "o:k[0] IN ('c')",
                                "o:k[0] NOT IN ('c', 'a', 'c')",
                                "o:n = 1",
                                "o:n = 1.0",
                                "o:n NOT != 1.00",
                                "o:n > 1",
                                "o:n NOT > 1",
                                "o:n IN (2, 1.0, 3)",
                                "o:n NOT = '1'",
                                "o:s LIKE '1%'",
                                "o:s MATCHES '[xy]'",
                                "o:s ISSUBSET '10.1.2.3/8'",
                                "o:s ISSUBSET '10.0.0.0/8'",
                                "o:s NOT ISSUPERSET '10.0.0.1'",
                                "EXISTS o:k[1]",
                                "NOT EXISTS o:k[1]",
                                "p:n = 1",
                                "o:s > 'x'"});
  }
  std::string comparisons(std::size_t depth) {
    if (depth == 0 || below(3) == 0) return comparison();
    std::string text = comparisons(depth - 1);
    for (auto more = below(3); more-- > 0;)
      text += one_of<std::string>({" AND ", " OR "}) + comparisons(depth - 1);
    return below(2) == 0 ? "(" + text + ")" : text;
  }

  std::string qualifiers() {
    std::string text;
    std::vector<std::string> kinds{
        " WITHIN " + one_of<std::string>({"1", "1.5", "2", "4.0", "30"}) + " SECONDS",
        " REPEATS " + std::to_string(1 + below(3)) + " TIMES",
        " START t'" + second() + "' STOP t'2020-01-01T00:00:0" + one_of<std::string>({"8.6", "9"}) + "Z'"};
    std::shuffle(kinds.begin(), kinds.end(), random_);
    for (std::size_t i = 0; i < kinds.size() && below(3) == 0; ++i) text += kinds[i];
    return text;
  }

  /// `leaf` makes what stands for one observation.
  template <class Leaf>
  std::string observations(std::size_t depth, const Leaf& leaf) {
    if (depth == 0 || below(4) == 0) return leaf() + qualifiers();
    std::string text = observations(depth - 1, leaf);
    for (auto more = 1 + below(2); more-- > 0;)
      text += one_of<std::string>({" AND ", " OR ", " FOLLOWEDBY "}) + observations(depth - 1, leaf);
    return below(3) == 0 ? text : "(" + text + ")" + qualifiers();
  }

 private:
  std::mt19937 random_;
};

}  // namespace tocsin::pattern
