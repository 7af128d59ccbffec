import { Argument, type Command, type Option } from 'commander'
import { describeHostFlags } from '../collect/host/flags.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof SHELLS)[number]

/** `vedette completion`: a script for the shell, made from the verbs and options themselves. */
export function addCompletion(program: Command): void {
  program
    .command('completion')
    .summary('print a completion script for a shell')
    .description('Prints a completion script for a shell.')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText(
      'after',
      `
Put one of these where your shell reads it at its start:
  bash  source <(vedette completion bash)                                     # ~/.bashrc
  zsh   source <(vedette completion zsh)                                      # ~/.zshrc
  fish  vedette completion fish > ~/.config/fish/completions/vedette.fish     # once`,
    )
    .action((shell: Shell) => {
      process.stdout.write(SCRIPTS[shell](listVerbs(program)))
    })
}

interface Flag {
  /** `--output` and `-o`. */
  readonly names: readonly string[]
  readonly help: string
  readonly takesValue: boolean
  readonly choices: readonly string[]
}

interface Verb {
  /** `['check', 'config']`; empty for the program itself. */
  readonly path: readonly string[]
  readonly help: string
  /** Names of verbs below, or words that the argument may be. */
  readonly words: readonly string[]
  readonly flags: readonly Flag[]
}

function listVerbs(program: Command): Verb[] {
  const walk = (command: Command, path: readonly string[]): Verb[] => {
    const own: Verb = {
      path,
      help: command.summary() || command.description(),
      words: [
        ...command.commands.map((sub) => sub.name()),
        ...command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
      ],
      flags: [...command.createHelp().visibleOptions(command).map(toFlag), ...hostFlags(path)],
    }
    return [own, ...command.commands.flatMap((sub) => walk(sub, [...path, sub.name()]))]
  }
  return walk(program, [])
}

function toFlag(option: Option): Flag {
  return {
    names: [option.long, option.short].filter((name) => name !== undefined && name !== null),
    help: option.description,
    takesValue: option.required || option.optional,
    choices: option.argChoices ?? [],
  }
}

/** Flags of node_exporter, which `start` takes too. */
function hostFlags(path: readonly string[]): Flag[] {
  if (path.join(' ') !== 'start') return []
  return describeHostFlags().flatMap(({ name, help, isSwitch }) =>
    (isSwitch ? [`--${name}`, `--no-${name}`] : [`--${name}`]).map((flag) => ({
      names: [flag],
      help,
      takesValue: !isSwitch,
      choices: [],
    })),
  )
}

/** An empty answer lets the shell complete names of files. */
function bash(verbs: readonly Verb[]): string {
  const place = ({ path }: Verb): string => `"${path.map((name) => ` ${name}`).join('')}`
  const verbCases = verbs.filter(({ path }) => path.length > 0).map((verb) => place(verb) + '"')
  const valued = verbs.flatMap((verb) =>
    verb.flags
      .filter(({ takesValue }) => takesValue)
      .map(({ names, choices }) => {
        const patterns = names.map((name) => `${place(verb)} ${name}"`).join('|')
        return `    ${patterns}) words="${choices.join(' ')}" ;;`
      }),
  )
  const cases = verbs.map((verb) => {
    const flags = verb.flags.flatMap(({ names }) => names)
    return `        ${place(verb)}") flags="${flags.join(' ')}" words="${verb.words.join(' ')}" ;;`
  })
  return `_vedette() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[$((COMP_CWORD - 1))]}" verb="" word words="" flags=""
  for word in "\${COMP_WORDS[@]:1:$((COMP_CWORD - 1))}"; do
    case "$verb $word" in
      ${verbCases.join('|')}) verb="$verb $word" ;;
    esac
  done
  case "$verb $previous" in
${valued.join('\n')}
    *)
      case "$verb" in
${cases.join('\n')}
      esac
      case "$current" in -*) words="$flags" ;; esac
      ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _vedette vedette
`
}

function zsh(verbs: readonly Verb[]): string {
  return `autoload -U +X compinit && compinit
autoload -U +X bashcompinit && bashcompinit
${bash(verbs)}`
}

function fish(verbs: readonly Verb[]): string {
  const quote = (text: string): string =>
    `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const lines = verbs.flatMap((verb) => {
    const condition = conditionOf(verb.path, verbs)
    const words = verb.words.map((word) => {
      const help =
        verbs.find(({ path }) => path.join(' ') === [...verb.path, word].join(' '))?.help ?? ''
      return `complete -c vedette -n ${quote(condition)} -f -a ${word} -d ${quote(help)}`
    })
    const flags = verb.flags.map(({ names, help, takesValue, choices }) => {
      const shown = names.map((name) =>
        name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
      )
      const value =
        choices.length > 0 ? ` -x -a ${quote(choices.join(' '))}` : takesValue ? ' -r' : ''
      return `complete -c vedette -n ${quote(condition)} ${shown.join(' ')}${value} -d ${quote(help)}`
    })
    return [...words, ...flags]
  })
  return `${lines.join('\n')}\n`
}

/** True when this verb was typed, and none of those below it. */
function conditionOf(path: readonly string[], verbs: readonly Verb[]): string {
  const below = verbs
    .filter(
      (verb) =>
        verb.path.length === path.length + 1 && path.every((name, at) => verb.path[at] === name),
    )
    .map((verb) => verb.path.at(-1))
  if (path.length === 0) return '__fish_use_subcommand'
  const seen = path.map((name) => `__fish_seen_subcommand_from ${name}`).join('; and ')
  return below.length === 0
    ? seen
    : `${seen}; and not __fish_seen_subcommand_from ${below.join(' ')}`
}

const SCRIPTS: Readonly<Record<Shell, (verbs: readonly Verb[]) => string>> = { bash, zsh, fish }
