// ingot completion: what shells and man show, made from the verbs themselves.
#include "tools/ingot/Driver.h"

#include <ingot/runtime.h>

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

#include <memory>

namespace ingot::driver {
namespace {

bool takesValue(const CLI::Option *option) { return option->get_items_expected_max() > 0; }

std::vector<const CLI::App *> verbsOf(const CLI::App &app) {
  return app.get_subcommands([](const CLI::App *) { return true; });
}

// "-o", "--output": those that are none of a place.
std::vector<std::string> wordsOf(const CLI::Option *option) {
  std::vector<std::string> words;
  for (const std::string &name : option->get_snames())
    words.push_back("-" + name);
  for (const std::string &name : option->get_lnames())
    words.push_back("--" + name);
  return words;
}

std::string optionWords(const CLI::App &verb, const CLI::App &app) {
  std::vector<std::string> words;
  for (const CLI::App *each : {&verb, &app})
    for (const CLI::Option *option : each->get_options())
      for (std::string &word : wordsOf(option))
        if (!llvm::is_contained(words, word))
          words.push_back(std::move(word));
  return llvm::join(words, " ");
}

// In single quotes of a shell.
std::string inQuotes(llvm::StringRef text) {
  std::string out = "'";
  for (char c : text)
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

void writeBash(const CLI::App &app, llvm::raw_ostream &os) {
  std::vector<std::string> names;
  for (const CLI::App *verb : verbsOf(app))
    names.push_back(verb->get_name());
  os << "# bash completion for ingot; made by `ingot completion bash`\n_ingot() {\n"
     << "  local word=${COMP_WORDS[COMP_CWORD]} verb= options= i\n"
     << "  for ((i = 1; i < COMP_CWORD; ++i)); do\n    case ${COMP_WORDS[i]} in\n      " << llvm::join(names, "|")
     << ") verb=${COMP_WORDS[i]}; break ;;\n    esac\n  done\n  COMPREPLY=()\n  case $verb in\n";
  for (const CLI::App *verb : verbsOf(app))
    os << "    " << verb->get_name() << ") options=" << inQuotes(optionWords(*verb, app)) << " ;;\n";
  os << "    *) options=" << inQuotes(llvm::join(names, " ") + " " + optionWords(app, app)) << " ;;\n  esac\n"
     << "  if [[ -z $verb || $word == -* ]]; then\n    COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
     << "  else\n    local IFS=$'\\n'\n    compopt -o filenames 2>/dev/null\n    COMPREPLY=($(compgen -f -- \"$word\"))\n  "
        "fi\n}\n"
     << "complete -F _ingot ingot\n";
}

// Within [] of _arguments.
std::string zshText(llvm::StringRef text) {
  std::string out;
  for (char c : text)
    out += c == '[' || c == ']' || c == ':' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return out;
}

void writeZsh(const CLI::App &app, llvm::raw_ostream &os) {
  os << "#compdef ingot\n# zsh completion for ingot; made by `ingot completion zsh`\n_ingot() {\n  local -a verbs\n  "
        "verbs=(\n";
  for (const CLI::App *verb : verbsOf(app))
    os << "    " << inQuotes(verb->get_name() + ":" + zshText(verb->get_description())) << "\n";
  os << "  )\n  local state verb\n  _arguments -C '1:verb:->verb' '*::argument:->argument' && return\n"
     << "  if [[ $state == verb ]]; then\n    _describe verb verbs\n    return\n  fi\n  case $words[1] in\n";
  for (const CLI::App *verb : verbsOf(app)) {
    os << "    " << verb->get_name() << ") _arguments";
    std::vector<std::string> seen;
    for (const CLI::App *each : {verb, &app})
      for (const CLI::Option *option : each->get_options())
        for (const std::string &word : wordsOf(option)) {
          if (llvm::is_contained(seen, word))
            continue;
          seen.push_back(word);
          os << " \\\n      "
             << inQuotes("*" + word + "[" + zshText(option->get_description()) + "]" +
                         (takesValue(option) ? ":value:_files" : ""));
        }
    os << " \\\n      '*:file:_files' ;;\n";
  }
  os << "  esac\n}\n"
     << "if [[ $funcstack[1] == _ingot ]]; then _ingot \"$@\"; else compdef _ingot ingot; fi\n";
}

void writeFish(const CLI::App &app, llvm::raw_ostream &os) {
  os << "# fish completion for ingot; made by `ingot completion fish`\n";
  auto write = [&](const CLI::App &each, const std::string &condition) {
    for (const CLI::Option *option : each.get_options()) {
      if (wordsOf(option).empty())
        continue;
      os << "complete -c ingot" << condition;
      for (const std::string &name : option->get_snames())
        os << " -s " << name;
      for (const std::string &name : option->get_lnames())
        os << " -l " << name;
      os << (takesValue(option) ? " -r" : "") << " -d " << inQuotes(option->get_description()) << "\n";
    }
  };
  write(app, "");
  for (const CLI::App *verb : verbsOf(app)) {
    os << "complete -c ingot -f -n __fish_use_subcommand -a " << verb->get_name() << " -d "
       << inQuotes(verb->get_description()) << "\n";
    write(*verb, " -n '__fish_seen_subcommand_from " + verb->get_name() + "'");
  }
}

// Of roff: a line must not begin with a dot or quote, and \ and - are its own.
std::string roff(llvm::StringRef text) {
  std::string out;
  for (char c : text) {
    if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n'))
      out += "\\&";
    out += c == '\\' ? std::string("\\e") : c == '-' ? std::string("\\-") : std::string(1, c);
  }
  return out;
}

void writeMan(const CLI::App &app, const CLI::App &page, llvm::raw_ostream &os) {
  const bool isVerb = &page != &app;
  std::string name = isVerb ? "ingot-" + page.get_name() : "ingot";
  std::string description = isVerb ? page.get_description() : "cast a model into a native artifact that needs no framework";
  os << ".TH " << roff(llvm::StringRef(name).upper()) << " 1 \"\" \"ingot " << ingot_version() << "\"\n.SH NAME\n"
     << roff(name) << " \\- " << roff(description) << "\n.SH SYNOPSIS\n.B ingot"
     << (isVerb ? " " + page.get_name() : std::string()) << "\n";
  for (const CLI::Option *option : page.get_options())
    if (option->get_positional() && wordsOf(option).empty())
      os << ".I " << roff(option->get_name(true)) << "\n";
  os << (isVerb ? "[OPTION...]\n" : ".I VERB\n[OPTION...]\n") << ".SH DESCRIPTION\n";
  if (!isVerb) {
    for (const CLI::App *verb : verbsOf(app))
      os << ".TP\n.BR ingot\\-" << roff(verb->get_name()) << " (1)\n" << roff(verb->get_description()) << "\n";
  } else {
    os << roff(description) << ".\n";
  }
  os << ".SH OPTIONS\n";
  for (const CLI::Option *option : page.get_options()) {
    std::vector<std::string> words = wordsOf(option);
    os << ".TP\n";
    if (words.empty())
      os << ".I " << roff(option->get_name(true)) << "\n";
    else
      os << ".B " << roff(llvm::join(words, ", ")) << (takesValue(option) ? " \\fIVALUE\\fR" : "") << "\n";
    os << roff(option->get_description()) << "\n";
    if (!option->get_default_str().empty())
      os << "(by default " << roff(option->get_default_str()) << ")\n";
  }
  if (isVerb)
    os << "The options of\n.BR ingot (1)\nare those of every verb.\n";
  const std::string footerText = page.get_footer();
  llvm::StringRef footer = footerText;
  if (footer.consume_front("Examples:\n"))
    os << ".SH EXAMPLES\n.nf\n" << roff(footer.rtrim()) << "\n.fi\n";
  os << ".SH EXIT STATUS\n0 done, 1 the user's mistake, 2 an internal error, 3 a comparison failed or an artifact is "
        "damaged\n"
     << ".SH SEE ALSO\n";
  if (isVerb)
    os << ".BR ingot (1)\n";
  else
    for (const CLI::App *verb : verbsOf(app))
      os << ".BR ingot\\-" << roff(verb->get_name()) << " (1)\n";
}

struct CompletionVerb {
  const CLI::App *app;
  std::string shell, folder;

  Status run() {
    if (shell == "man")
      return writePages();
    if (!folder.empty())
      return fail("--output-dir is for man; a shell's completion goes to the standard output");
    if (shell == "bash")
      writeBash(*app, llvm::outs());
    else if (shell == "zsh")
      writeZsh(*app, llvm::outs());
    else
      writeFish(*app, llvm::outs());
    return Done;
  }

  Status writePages() {
    if (folder.empty()) {
      writeMan(*app, *app, llvm::outs());
      return Done;
    }
    if (std::error_code code = llvm::sys::fs::create_directories(folder))
      return fail("--output-dir " + folder + ": " + code.message());
    std::vector<const CLI::App *> pages = verbsOf(*app);
    pages.insert(pages.begin(), app);
    for (const CLI::App *page : pages) {
      std::string name = page == app ? "ingot.1" : "ingot-" + page->get_name() + ".1";
      if (Status status = writeFile("", folder + "/" + name, [&](llvm::raw_ostream &os) { writeMan(*app, *page, os); });
          status != Done)
        return status;
    }
    return Done;
  }
};

} // namespace

void addCompletion(CLI::App &app, Status *status) {
  auto verb = std::make_shared<CompletionVerb>();
  verb->app = &app;
  CLI::App *command =
      app.add_subcommand("completion", "Print what completes ingot's command line in a shell, or its man page");
  command->add_option("shell", verb->shell, "bash, zsh, fish, or man")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish", "man"}));
  command->add_option("--output-dir", verb->folder, "Write the man pages of ingot and of every verb into this folder");
  command->footer("Examples:\n  source <(ingot completion bash)\n"
                  "  ingot completion fish > ~/.config/fish/completions/ingot.fish");
  command->callback([verb, status] { *status = verb->run(); });
}

} // namespace ingot::driver
