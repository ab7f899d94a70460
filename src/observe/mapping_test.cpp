#include "observe/mapping.hpp"

#include <gmock/gmock.h>

#include "observe/reader.hpp"

namespace tocsin::observe {
namespace {

using stix::Path;
using testing::HasSubstr;

Status added(std::string_view text) {
  Formats formats;
  return formats.add(text, "mine.toml");
}

// Goal:   a mistake is named with its file, its line or key, and the rule.
TEST(MappingFile, NamesFileAndLineAndRule) {
  for (const auto& [text, why] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"shape = \"json\"", "mine.toml: 'name' is missing"},
           {"name = \"mine\"", "mine.toml: 'shape' is missing"},
           {"name = \"Mine\"\nshape = \"json\"", "mine.toml: 'name': is made of a-z, 0-9, '-' and '_'"},
           {"name = \"squid\"\nshape = \"json\"", "mine.toml: 'name': there is a format 'squid' already"},
           {"name = \"auto\"\nshape = \"json\"", "'auto' is no format of its own"},
           {"name = \"mine\"\nshape = \"xml\"",
            "'shape': a shape is one of json, columns, pairs, line, words; not 'xml'"},
           {"name = \"mine\"\nshape = \"json\"\ncolour = \"red\"", "'colour': there is no such key"},
           {"name = \"mine\"\nshape = \"json\"\nrows = '''\na source\nb sauce\n'''",
            "line 5: there is no way to read 'sauce'"},
           {"name = \"mine\"\nshape = \"json\"\nrows = '''\nb text\n'''",
            "line 4: what is read as text needs a path"},
           {"name = \"mine\"\nshape = \"json\"\nrows = '''\nb source url:value\n'''",
            "line 4: what is read as source knows its path"},
           {"name = \"mine\"\nshape = \"json\"\nrows = '''\nb text url:colour\n'''",
            "line 4: no observation has the path url:colour"},
           {"name = \"mine\"\nshape = \"json\"\nrows = '''\nb text friend url:value\n'''",
            "line 4: there is no object 'friend'"},
           {"name = \"mine\"\nshape = \"json\"\nrows = '''\nb source\nb source\n'''",
            "line 5: the field 'b' has a row already"},
           {"name = \"mine\"\nshape = \"json\"\nrows = '''\nb source when\n'''",
            "line 4: 'when' names no kind"},
           {"name = \"mine\"\nshape = \"line\"", "the shape line needs 'lines'"},
           {"name = \"mine\"\nshape = \"line\"\nlines = '''\n\n<a\n'''",
            "line 5: column 1: this '<' is not closed"},
           {"name = \"mine\"\nshape = \"line\"\nlines = '''\n<a> x\n'''",
            "a template has no field that a row names"},
           {"name = \"mine\"\nshape = \"columns\"", "one of 'header', 'first_line_names' and 'columns'"},
           {"name = \"mine\"\nshape = \"json\"\nrows_below = '''\na source\n'''",
            "'rows_below' needs 'below'"},
           {"name = \"mine\"\nshape = \"json\"\nname = \"b\"", "line 3: 'name' stands twice"},
           {"[table]", "line 1: there are no tables here"}}) {
    const auto status = added(text);
    ASSERT_FALSE(status) << text;
    EXPECT_THAT(status.error().detail, HasSubstr(why)) << text;
    EXPECT_TRUE(status.error().detail.starts_with("mine.toml: ")) << status.error().detail;
  }
}

TEST(MappingFile, LimitsHold) {
  std::string rows = "name = \"mine\"\nshape = \"json\"\nrows = '''\n";
  for (int i = 0; i <= 2000; ++i) rows += "f" + std::to_string(i) + " source\n";
  EXPECT_THAT(added(rows + "'''").error().detail, HasSubstr("more than 2000 rows"));

  std::string deep = "name = \"mine\"\nshape = \"json\"\nrows_below = '''\n";
  for (int i = 0; i < 1999; ++i) deep += "a/b/c/d/e/f/g/h/i/j/f" + std::to_string(i) + " source\n";
  deep += "'''\nbelow = [\"\", \"x/y/z\", \"u/v\"]\n";
  EXPECT_THAT(added(deep).error().detail, HasSubstr("more than 30000 levels"));
  EXPECT_FALSE(added("name = \"mine\"\nshape = \"json\"\nrows = '''\na/b/c/d/e/f/g/h/i/j/k/l/m source\n'''"));
}

struct Mine {
  std::shared_ptr<Formats> formats = std::make_shared<Formats>();
  stix::Observation out;

  std::vector<std::string> told(Reader& reader, std::string_view line) {
    std::vector<std::string> all;
    const auto read = reader.read(line, out);
    if (!read) return {read.error().detail};
    for (const auto& value : out.values())
      all.push_back(std::string{stix::name(value.path)} + "=" + std::string{value.text});
    return all;
  }
};

// Goal:   the two examples of the guide work as they stand there.
TEST(MappingFile, AUsersOwnCsv) {
  Mine mine;
  const auto added = mine.formats->add(R"(
name = "vpn"
writer = "our VPN gateway"
shape = "columns"
first_line_names = true
separators = ";"
rows = '''
"Login time"   time
"Client IP"    source
Gateway        destination
User           text      user-account:user_id
'''
)",
                                       "vpn.toml");
  ASSERT_TRUE(added) << added.error().detail;
  Reader reader{Format::automatic, {}, mine.formats};
  EXPECT_TRUE(mine.told(reader, "Login time;Client IP;Gateway;User;Bytes").empty());
  EXPECT_THAT(mine.told(reader, "2026-01-02 03:04:05;192.0.2.7;\"vpn.corp.example\";\"O\"\"Hara;x\";12"),
              testing::IsSupersetOf({"ipv4-addr:value=192.0.2.7", "network-traffic:src_ref.value=192.0.2.7",
                                     "network-traffic:dst_ref.value=vpn.corp.example",
                                     "user-account:user_id=O\"Hara;x"}));
  EXPECT_EQ(reader.format_name(), "vpn");
  EXPECT_EQ(to_rfc3339(mine.out.time()), "2026-01-02T03:04:05.000000Z");
  EXPECT_THAT(mine.told(reader, "one;two"), testing::ElementsAre("line 3: fewer cells than columns"));
}

TEST(MappingFile, AUsersOwnLine) {
  Mine mine;
  const auto added = mine.formats->add(R"(
name = "door"
shape = "line"
lines = '''
<when> door <> opened for <user> from <client>{ via <proxy>}
'''
rows = '''
when    time
user    text      user-account:user_id
client  source
proxy   address
'''
)",
                                       "door.toml");
  ASSERT_TRUE(added) << added.error().detail;
  Reader reader{Format::automatic, {}, mine.formats};
  EXPECT_THAT(mine.told(reader, "2026-01-02T03:04:05Z door 7 opened for bob from 192.0.2.7 via 198.51.100.1"),
              testing::IsSupersetOf(
                  {"ipv4-addr:value=192.0.2.7", "ipv4-addr:value=198.51.100.1", "user-account:user_id=bob"}));
  EXPECT_EQ(reader.format_name(), "door");
  mine.told(reader, "2026-01-02T03:04:05Z door 7 opened for bob from nowhere in particular");
  EXPECT_EQ(reader.format(), Format::syslog);  // what the rows cannot read is no line of the format
  Reader strict{mine.formats->named("door").value(), {}, mine.formats};
  EXPECT_THAT(mine.told(strict, "something else"),
              testing::ElementsAre("line 1: fits no template of its format"));
}

TEST(MappingFile, AUsersFormatIsAskedFirst) {
  Mine mine;
  ASSERT_TRUE(
      mine.formats->add("name = \"mine\"\nshape = \"json\"\nrecognise = ['\"event_type\" & \"plant\"']\nrows "
                        "= '''\nwho source\n'''",
                        "m"));
  Reader reader{Format::automatic, {}, mine.formats};
  EXPECT_THAT(mine.told(reader, R"({"event_type":"x","timestamp":1,"plant":2,"who":"192.0.2.1"})"),
              testing::Contains("network-traffic:src_ref.value=192.0.2.1"));
  EXPECT_EQ(reader.format_name(), "mine");
}

}  // namespace
}  // namespace tocsin::observe
