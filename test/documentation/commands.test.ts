import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { splitHostArguments } from '../../src/collect/host/host-arguments.ts'
import { buildProgram } from '../../src/cli/program.ts'
import { splitWords } from '../../src/operate/compose/split-words.ts'
import {
  isSynopsis,
  listPages,
  readCommandBlocks,
  strayCommands,
  type DocumentedCommand,
} from './read-commands.ts'

const commands = listPages().flatMap((page) =>
  readCommandBlocks(page).flatMap((block) => block.commands),
)

/** Those of a command that call us: behind `sudo`, in a substitution, before a pipe. */
function calls({ text }: DocumentedCommand): readonly string[] {
  return [...text.matchAll(/(?:^|[;&|(]\s*|sudo |\w+=\S+ )(?:bin\/)?vedette ([^\n;&)>]*)/g)].map(
    ([, rest = '']) => rest,
  )
}

/** The sub-verb that is meant where none is said. */
const DEFAULTS: Readonly<Record<string, string>> = { backup: 'create' }

/** What of a call the program does not know: the verb, or options. */
function unknownIn(call: string): readonly string[] {
  const bare = call.replaceAll(/[[\]…]/g, ' ').replaceAll(/ \| /g, ' ')
  const { rest } = splitHostArguments(splitWords(bare))
  let verb: Command = buildProgram({ code: 0 })
  let words = rest[0] === 'monitoring' ? rest.slice(1) : rest
  for (;;) {
    const [first = '', ...others] = words
    const next = verb.commands.find((one) => one.name() === first || one.aliases().includes(first))
    const otherwise = verb.commands.find((one) => one.name() === DEFAULTS[verb.name()])
    if (next === undefined && otherwise === undefined) break
    words = next === undefined ? words : others
    verb = next ?? otherwise ?? verb
  }
  if (verb.commands.length > 0 && verb.registeredArguments.length === 0)
    return [`the verb ${words[0] ?? ''}`]
  const known = new Set(['-h', '--help'])
  for (let at: Command | null = verb; at !== null; at = at.parent) {
    for (const { short, long } of at.options) {
      if (short !== undefined) known.add(short)
      if (long !== undefined) known.add(long)
    }
  }
  return words
    .flatMap((word) => word.split('|'))
    .filter((word) => /^--?[a-z]/.test(word))
    .map((word) => word.split('=')[0] ?? '')
    .filter((option) => !known.has(option))
}

describe('the commands of the documentation', () => {
  it('are many', () => {
    expect(commands.length).toBeGreaterThan(100)
    expect(commands.filter((command) => !isSynopsis(command)).length).toBeGreaterThan(60)
  })

  it('stand in blocks that are known as such', () => {
    expect(listPages().flatMap(strayCommands)).toEqual([])
  })

  it.each(commands.flatMap((command) => calls(command).map((call) => [command.place, call])))(
    '%s: vedette %s has a verb and options that there are',
    (_place, call = '') => {
      expect(unknownIn(call)).toEqual([])
    },
  )
})
