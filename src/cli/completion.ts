import type { Command } from 'commander'

/** `vedette completion`: a script for the shell, made from the verbs and options themselves. */
export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a completion script: source <(vedette completion bash)')
    .argument('<shell>', 'bash, zsh or fish')
    .action((shell: string) => {
      const write = SHELLS.get(shell)
      if (write === undefined) {
        throw new Error(`no completion for ${JSON.stringify(shell)}: one of ${[...SHELLS.keys()].join(', ')}`)
      }
      process.stdout.write(write(program))
    })
}

interface Words {
  readonly verb: string
  readonly words: readonly string[]
}

function wordsOf(program: Command): Words[] {
  return program.commands.map((command) => ({
    verb: command.name(),
    words: [
      ...command.commands.map((sub) => sub.name()),
      ...command.options.filter((option) => !option.hidden).map((option) => option.long ?? option.flags),
      '--help',
    ],
  }))
}

function bash(program: Command): string {
  const cases = wordsOf(program).map(({ verb, words }) => `    ${verb}) words="${words.join(' ')}" ;;`)
  return `_vedette() {
  local words current="\${COMP_WORDS[COMP_CWORD]}"
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    *) words="${program.commands.map((command) => command.name()).join(' ')} --help --version" ;;
  esac
  [ "$COMP_CWORD" -eq 1 ] && words="${program.commands.map((command) => command.name()).join(' ')} --help --version"
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ "\${#COMPREPLY[@]}" -eq 0 ] && COMPREPLY=($(compgen -f -- "$current"))
}
complete -F _vedette vedette
`
}

function zsh(program: Command): string {
  return `autoload -U +X bashcompinit && bashcompinit\n${bash(program)}`
}

function fish(program: Command): string {
  const lines = program.commands.map(
    (command) => `complete -c vedette -n __fish_use_subcommand -f -a ${command.name()} -d ${JSON.stringify(command.description())}`,
  )
  for (const { verb, words } of wordsOf(program)) {
    for (const word of words) {
      const option = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`
      lines.push(`complete -c vedette -n '__fish_seen_subcommand_from ${verb}' ${option}`)
    }
  }
  return `${lines.join('\n')}\n`
}

const SHELLS: ReadonlyMap<string, (program: Command) => string> = new Map([
  ['bash', bash],
  ['zsh', zsh],
  ['fish', fish],
])
