#include "screen/person_names.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace tocsin::screen {
namespace {

// Common in Europe and the Americas, with some of other parts; in order. Left out is what is rather a word, a
// month or a place: Amber, April, Austin, Will…
// clang-format off
constexpr std::string_view given_names[] = {
    "Aaron", "Abby", "Abdul", "Abdullah", "Abigail", "Abraham", "Ada", "Adam", "Adele", "Adrian", "Adriana", "Agnes",
    "Ahmad", "Ahmed", "Aidan", "Aileen", "Aisha", "Akira", "Alan", "Alana", "Albert", "Alberto", "Alejandra",
    "Alejandro", "Aleksander", "Aleksandr", "Alessandra", "Alessandro", "Alex", "Alexander", "Alexandra", "Alexandre",
    "Alexei", "Alexis", "Alfonso", "Alfred", "Alfredo", "Ali", "Alice", "Alicia", "Alina", "Alison", "Allan", "Allen",
    "Allison", "Alma", "Alvaro", "Amanda", "Amelia", "Amelie", "Amina", "Amir", "Amit", "Amy", "Ana", "Anastasia",
    "Anders", "Andre", "Andrea", "Andreas", "Andrei", "Andres", "Andrew", "Andrey", "Andrzej", "Angela", "Angelica",
    "Angelina", "Angelo", "Anil", "Anita", "Anja", "Anjali", "Ann", "Anna", "Anne", "Annette", "Annie", "Anthony",
    "Antoine", "Anton", "Antonia", "Antonio", "Anya", "Ariana", "Arjun", "Arlene", "Arnold", "Arthur", "Artur",
    "Arturo", "Ashley", "Ashok", "Astrid", "Audrey", "Axel", "Ayesha", "Barbara", "Bart", "Beatrice", "Beatriz",
    "Becky", "Ben", "Benjamin", "Bernard", "Bernd", "Bernice", "Bertha", "Bessie", "Beth", "Bethany", "Betty",
    "Beverly", "Bianca", "Bjorn", "Bob", "Bobby", "Bonnie", "Boris", "Brad", "Bradley", "Brandon", "Brenda",
    "Brendan", "Brent", "Brett", "Brian", "Bridget", "Brigitte", "Bruce", "Bruno", "Bryan", "Bryce", "Byron",
    "Caitlin", "Caleb", "Calvin", "Cameron", "Camila", "Camilla", "Camille", "Carina", "Carl", "Carla", "Carlo",
    "Carlos", "Carmen", "Carol", "Carole", "Caroline", "Carolyn", "Carrie", "Carsten", "Casey", "Cassandra",
    "Catarina", "Catherine", "Cathy", "Cecilia", "Cedric", "Celeste", "Celia", "Cesar", "Chad", "Charlene", "Charles",
    "Charlie", "Charlotte", "Cheryl", "Chiara", "Chloe", "Chris", "Christa", "Christel", "Christiane", "Christina",
    "Christine", "Christoph", "Christophe", "Christopher", "Christy", "Cindy", "Claire", "Clara", "Clarence",
    "Claude", "Claudia", "Claus", "Clement", "Clifford", "Clyde", "Colin", "Colleen", "Connie", "Connor", "Conrad",
    "Constance", "Corey", "Cornelia", "Courtney", "Craig", "Cristian", "Cristina", "Curtis", "Cynthia", "Daisy",
    "Dale", "Damian", "Damien", "Dan", "Dana", "Daniel", "Daniela", "Daniele", "Danielle", "Danny", "Darlene",
    "Darrell", "Darren", "Daryl", "Dave", "David", "Dean", "Debbie", "Deborah", "Debra", "Deepak", "Denis", "Denise",
    "Dennis", "Derek", "Devon", "Diana", "Diane", "Diego", "Dieter", "Dimitri", "Dirk", "Dmitri", "Dmitry", "Dolores",
    "Dominic", "Dominik", "Dominique", "Donald", "Donna", "Dora", "Doreen", "Doris", "Dorothy", "Douglas", "Duncan",
    "Dustin", "Dwayne", "Dylan", "Earl", "Eddie", "Edgar", "Edith", "Edmund", "Eduardo", "Edward", "Edwin", "Eileen",
    "Elaine", "Eleanor", "Elena", "Elias", "Elijah", "Elisa", "Elisabeth", "Elizabeth", "Ella", "Ellen", "Elsa",
    "Elsie", "Emil", "Emilia", "Emilie", "Emily", "Emma", "Emmanuel", "Enrico", "Enrique", "Eric", "Erica", "Erich",
    "Erik", "Erika", "Erin", "Ernest", "Ernesto", "Esteban", "Esther", "Ethan", "Ethel", "Eugene", "Eugenia", "Eva",
    "Evan", "Evelyn", "Fabian", "Fabio", "Farid", "Fatima", "Federico", "Felicia", "Felix", "Fernanda", "Fernando",
    "Filip", "Filippo", "Fiona", "Florence", "Florian", "Frances", "Francesca", "Francesco", "Francis", "Francisco",
    "Franck", "Francois", "Frank", "Franz", "Fred", "Freddie", "Frederic", "Frederick", "Friedrich", "Fritz",
    "Gabriel", "Gabriela", "Gabriele", "Gabrielle", "Gail", "Gareth", "Garry", "Gary", "Gavin", "Geoffrey", "George",
    "Georges", "Gerald", "Geraldine", "Gerard", "Gerd", "Gerhard", "Gertrude", "Giacomo", "Gianluca", "Gilbert",
    "Gina", "Giorgio", "Giovanni", "Giulia", "Giuseppe", "Gladys", "Glen", "Glenn", "Gloria", "Gonzalo", "Gordon",
    "Graham", "Greg", "Gregor", "Gregory", "Greta", "Guadalupe", "Guido", "Guillaume", "Guillermo", "Gustav",
    "Gustavo", "Guy", "Gwen", "Hanna", "Hannah", "Hans", "Harald", "Hari", "Harold", "Harriet", "Harry", "Harvey",
    "Hasan", "Hassan", "Hazel", "Heather", "Hector", "Heidi", "Heike", "Heinrich", "Heinz", "Helen", "Helena",
    "Helene", "Helga", "Helmut", "Hendrik", "Henri", "Henrik", "Henry", "Herbert", "Herman", "Hermann", "Hilda",
    "Hiroshi", "Holger", "Holly", "Howard", "Hubert", "Hugh", "Hugo", "Hussein", "Ian", "Ibrahim", "Ida", "Ignacio",
    "Igor", "Ilse", "Imran", "Ines", "Inga", "Ingrid", "Irene", "Irina", "Iris", "Irma", "Isaac", "Isabel",
    "Isabella", "Isabelle", "Ismail", "Ivan", "Ivana", "Ivo", "Jack", "Jackie", "Jacob", "Jacqueline", "Jacques",
    "Jaime", "Jakob", "Jakub", "James", "Jamie", "Jan", "Jana", "Jane", "Janet", "Janice", "Janine", "Jared",
    "Jasmine", "Jason", "Javier", "Jay", "Jean", "Jeanette", "Jeanne", "Jeff", "Jeffrey", "Jelena", "Jenna",
    "Jennifer", "Jenny", "Jens", "Jeremy", "Jerome", "Jerry", "Jesse", "Jessica", "Jesus", "Jill", "Jim", "Jimmy",
    "Jin", "Joachim", "Joan", "Joana", "Joanna", "Joanne", "Joao", "Jochen", "Joe", "Joel", "Johan", "Johann",
    "Johanna", "Johannes", "John", "Johnny", "Jon", "Jonas", "Jonathan", "Jorge", "Jose", "Josef", "Josefina",
    "Joseph", "Josephine", "Josh", "Joshua", "Joyce", "Juan", "Juana", "Juanita", "Judith", "Judy", "Julia", "Julian",
    "Juliana", "Julie", "Julien", "Juliette", "Julio", "Jun", "Jurgen", "Justin", "Justine", "Kai", "Karen", "Karim",
    "Karin", "Karina", "Karl", "Karla", "Karsten", "Kasper", "Katarina", "Kate", "Katharina", "Katharine",
    "Katherine", "Kathleen", "Kathryn", "Kathy", "Katie", "Katja", "Katrin", "Katrina", "Kayla", "Keith", "Ken",
    "Kenji", "Kenneth", "Kerstin", "Kevin", "Khalid", "Kim", "Kimberly", "Kirsten", "Klaus", "Konrad", "Konstantin",
    "Kristen", "Kristin", "Kristina", "Kristine", "Krzysztof", "Kumar", "Kurt", "Kyle", "Lance", "Lara", "Larry",
    "Lars", "Laura", "Lauren", "Laurence", "Laurent", "Laurie", "Lawrence", "Lea", "Leah", "Lee", "Leila", "Lena",
    "Lennart", "Leo", "Leon", "Leona", "Leonard", "Leonardo", "Leonid", "Leroy", "Leslie", "Lester", "Leticia",
    "Lewis", "Liam", "Lillian", "Lilly", "Lily", "Lina", "Linda", "Lindsay", "Lindsey", "Lisa", "Lloyd", "Lois",
    "Lorena", "Lorenzo", "Loretta", "Lori", "Lorraine", "Louis", "Louise", "Luc", "Luca", "Lucas", "Lucia", "Lucie",
    "Lucille", "Lucy", "Ludwig", "Luigi", "Luis", "Luisa", "Luiz", "Lukas", "Lydia", "Lynn", "Mabel", "Magdalena",
    "Magnus", "Mahmoud", "Maja", "Malcolm", "Mandy", "Manfred", "Manuel", "Manuela", "Marc", "Marcel", "Marcela",
    "Marcella", "Marcelo", "Marcia", "Marco", "Marcos", "Marcus", "Margaret", "Margarita", "Margot", "Maria",
    "Mariam", "Marian", "Mariana", "Marianne", "Marie", "Mariella", "Marilyn", "Marina", "Mario", "Marion", "Marisa",
    "Marjorie", "Mark", "Marko", "Markus", "Marlene", "Marta", "Martha", "Martin", "Martina", "Marvin", "Mary",
    "Maryam", "Masha", "Mason", "Massimo", "Mateo", "Mateusz", "Mathias", "Mathieu", "Mathilde", "Matias", "Matteo",
    "Matthew", "Matthias", "Maureen", "Maurice", "Maxim", "Maxime", "Maximilian", "Megan", "Mehmet", "Melanie",
    "Melinda", "Melissa", "Melvin", "Mercedes", "Meredith", "Michael", "Michaela", "Michal", "Michel", "Michele",
    "Michelle", "Miguel", "Mikael", "Mike", "Mikhail", "Milan", "Mildred", "Milena", "Milton", "Mina", "Minnie",
    "Miranda", "Miriam", "Mitchell", "Mohamed", "Mohammad", "Mohammed", "Moira", "Molly", "Mona", "Monica", "Monika",
    "Monique", "Morgan", "Moritz", "Morris", "Muhammad", "Murray", "Mustafa", "Myriam", "Myrtle", "Nadia", "Nadine",
    "Nancy", "Naomi", "Natalia", "Natalie", "Natasha", "Nathalie", "Nathan", "Nathaniel", "Neil", "Nelson",
    "Nicholas", "Nick", "Nicola", "Nicolas", "Nicole", "Niels", "Nigel", "Nikita", "Nikola", "Nikolai", "Nikolaus",
    "Nils", "Nina", "Noah", "Noel", "Nora", "Norbert", "Noreen", "Norma", "Norman", "Olaf", "Ole", "Oleg", "Olga",
    "Oliver", "Olivia", "Olivier", "Ollie", "Omar", "Oskar", "Otto", "Owen", "Pablo", "Pamela", "Paola", "Paolo",
    "Pascal", "Patrice", "Patricia", "Patricio", "Patrick", "Patrik", "Patty", "Paul", "Paula", "Paulette", "Pauline",
    "Paulo", "Pavel", "Pedro", "Peggy", "Penelope", "Penny", "Per", "Percy", "Perry", "Pete", "Peter", "Petra",
    "Philip", "Philipp", "Philippa", "Philippe", "Phillip", "Phoebe", "Phyllis", "Pierre", "Pietro", "Piotr", "Priya",
    "Priyanka", "Quentin", "Quinn", "Rachel", "Rafael", "Rahul", "Raimund", "Rainer", "Raj", "Rajesh", "Ralf",
    "Ralph", "Ramon", "Ramona", "Randall", "Randy", "Raphael", "Raquel", "Raul", "Ravi", "Raymond", "Rebecca",
    "Regina", "Reginald", "Reinhard", "Rekha", "Renata", "Renate", "Rene", "Renee", "Ricardo", "Riccardo", "Richard",
    "Rick", "Ricky", "Rita", "Robert", "Roberta", "Roberto", "Robin", "Rodney", "Rodrigo", "Roger", "Rogerio",
    "Roland", "Rolf", "Romain", "Roman", "Ron", "Ronald", "Ronnie", "Rosa", "Rosalie", "Rosario", "Rosemary", "Ross",
    "Roxanne", "Roy", "Ruben", "Rudolf", "Rudolph", "Rudy", "Rupert", "Russell", "Ruth", "Ryan", "Sabine", "Sabrina",
    "Sadie", "Sally", "Salma", "Salvatore", "Sam", "Samantha", "Samir", "Samuel", "Sandra", "Sanjay", "Sara", "Sarah",
    "Sascha", "Saul", "Scott", "Sean", "Sebastian", "Serena", "Serge", "Sergei", "Sergey", "Sergio", "Seth", "Shane",
    "Shannon", "Sharon", "Shaun", "Shawn", "Sheila", "Shelley", "Sherry", "Shirley", "Sigrid", "Silke", "Silvia",
    "Simon", "Simona", "Simone", "Sofia", "Sonia", "Sonja", "Sonya", "Sophia", "Sophie", "Stacey", "Stacy",
    "Stanislav", "Stanley", "Stefan", "Stefania", "Stefanie", "Stefano", "Stella", "Stephan", "Stephane", "Stephanie",
    "Stephen", "Steve", "Steven", "Stuart", "Sunil", "Suresh", "Susan", "Susana", "Susanna", "Susanne", "Suzanne",
    "Sven", "Svetlana", "Sylvia", "Sylvie", "Tamara", "Tammy", "Tania", "Tanja", "Tanya", "Tara", "Tatiana", "Taylor",
    "Ted", "Terence", "Teresa", "Teri", "Terrence", "Terri", "Terry", "Thelma", "Theodor", "Theodore", "Theresa",
    "Therese", "Thiago", "Thomas", "Thorsten", "Tiffany", "Tim", "Timo", "Timothy", "Tina", "Tobias", "Todd", "Tom",
    "Tomas", "Tomasz", "Tommy", "Toni", "Tony", "Torsten", "Travis", "Trevor", "Tristan", "Troy", "Tyler", "Udo",
    "Ulf", "Ulrich", "Ulrike", "Uma", "Ursula", "Ute", "Uwe", "Vadim", "Valentin", "Valentina", "Valeria", "Valerie",
    "Vanessa", "Vera", "Verena", "Vernon", "Veronica", "Veronika", "Vicente", "Vicki", "Vicky", "Victor", "Victoria",
    "Vijay", "Vikram", "Viktor", "Viktoria", "Vincent", "Vincenzo", "Viola", "Violet", "Virgil", "Vivian", "Viviane",
    "Vladimir", "Volker", "Wade", "Wallace", "Walter", "Wanda", "Warren", "Wayne", "Wendy", "Werner", "Wesley",
    "Wilfried", "Wilhelm", "Willem", "William", "Willie", "Wilma", "Winifred", "Wojciech", "Wolfgang", "Xavier",
    "Ximena", "Yann", "Yannick", "Yasmin", "Yolanda", "Yosef", "Youssef", "Yuki", "Yuri", "Yusuf", "Yves", "Yvette",
    "Yvonne", "Zachary", "Zara", "Zoe", "Zoltan",
};
// clang-format on
static_assert(std::is_sorted(std::begin(given_names), std::end(given_names)));

constexpr std::string_view titles[] = {"Dr",        "Frau",     "Herr",   "Hr",  "Madame", "Miss",
                                       "Mme",       "Monsieur", "Mr",     "Mrs", "Ms",     "Prof",
                                       "Professor", "Señor",    "Señora", "Sir"};
// Between a given name and the family's.
constexpr std::string_view particles[] = {"al",  "bin", "da", "de", "del", "della", "den", "der", "di",
                                          "dos", "du",  "la", "le", "ten", "van",   "von", "zu"};

bool is_lower(char c) {
  return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80 || c == '\'' || c == '-';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
/// The first byte of a letter beyond ASCII may be one in upper case.
bool may_be_upper(char c) {
  return is_upper(c) || static_cast<unsigned char>(c) >= 0xc3;
}

/// A family name, an initial or a particle.
bool may_begin_name(char c) {
  return may_be_upper(c) || std::string_view{"abdltvz"}.find(c) != std::string_view::npos;
}

template <std::size_t Size>
bool is_in(const std::string_view (&list)[Size], std::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

/// Where the word at `begin` ends: letters, apostrophes and hyphens.
std::size_t word_end(std::string_view text, std::size_t begin) {
  std::size_t end = begin;
  while (end < text.size() && (is_upper(text[end]) || is_lower(text[end]))) ++end;
  while (end > begin && (text[end - 1] == '\'' || text[end - 1] == '-')) --end;
  if (end > begin + 2 && text.substr(end - 2, 2) == "'s") end -= 2;
  return end;
}

/// The end of a family name that begins behind `at`, after initials and particles; `at` when there is none.
std::size_t family_name(std::string_view text, std::size_t at) {
  constexpr std::size_t words_max = 4;
  std::size_t end = at;
  for (std::size_t words = 0; words < words_max && at < text.size() && text[at] == ' '; ++words) {
    const auto begin = at + 1, stop = word_end(text, begin);
    const auto word = text.substr(begin, stop - begin);
    if (word.empty()) break;
    if (word.size() == 1 && is_upper(word[0]) && stop < text.size() && text[stop] == '.') {
      at = stop + 1;  // an initial
    } else if (is_in(particles, to_lower_ascii(word))) {
      at = stop;
    } else if (word.size() > 1 && may_be_upper(word[0]) && is_lower(word[1])) {
      at = end = stop;
    } else {
      break;
    }
  }
  return end;
}

}  // namespace

std::size_t person_name(std::string_view text, std::size_t begin) {
  const auto stop = word_end(text, begin);
  if (stop == begin || stop + 2 >= text.size()) return begin;
  const auto word = text.substr(begin, stop - begin);
  const auto behind = text[stop] == '.' ? stop + 1 : stop;  // of a title
  if (text[behind] != ' ' || !may_begin_name(text[behind + 1])) return begin;
  const bool given =
      behind == stop && std::binary_search(std::begin(given_names), std::end(given_names), word);
  if (!given && !is_in(titles, word)) return begin;
  const auto end = family_name(text, behind);
  return end == behind ? begin : end;
}

}  // namespace tocsin::screen
