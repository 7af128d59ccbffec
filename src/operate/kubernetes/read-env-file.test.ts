import { describe, expect, it } from 'vitest'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import { readEnvText } from './read-env-file.ts'

function read(text: string): { values: Record<string, string>; faults: readonly string[] } {
  const faults = new FaultList()
  const entries = readEnvText(text, 'dev.env', faults)
  return {
    values: Object.fromEntries(entries.map(({ name, value }) => [name, value])),
    faults: faults.items.map(formatFault),
  }
}

describe('an env file', () => {
  it.each<[string, string, Record<string, string>]>([
    ['plain values', 'A=1\nB=two words \n', { A: '1', B: 'two words' }],
    [
      'export, blanks and comments',
      '# a\n\n  export A = 1  # b\n\tB=c#d\r\n',
      { A: '1', B: 'c#d' },
    ],
    ['both quotes', `A="it's" # x\nB='say "hi" \\n'`, { A: "it's", B: 'say "hi" \\n' }],
    ['escapes', 'A="a\\nb\\t\\"c\\" \\\\ \\$D \\x"', { A: 'a\nb\t"c" \\ $D \\x' }],
    ['quotes over lines', 'A="a\nb"\nB=\'c\nd\'\nC=e', { A: 'a\nb', B: 'c\nd', C: 'e' }],
    ['no value', 'A=\nB=""\nC= # c', { A: '', B: '', C: '' }],
    ['nothing that is run', 'A=$(id) `id` $HOME', { A: '$(id) `id` $HOME' }],
    ['a mark of its encoding', '\uFEFFA=1', { A: '1' }],
  ])('holds %s', (_, text, values) => {
    expect(read(text).values).toEqual(values)
    expect(read(text).faults).toEqual([])
  })

  it('has its faults at their lines, without what may be a secret', () => {
    const text = 'A=1\nhunter2\n1B=2\nC="x" y\nA=3\nD="\n'
    expect(read(text)).toEqual({
      values: { A: '3', C: 'x' },
      faults: [
        'dev.env:2:1: must be NAME=value',
        'dev.env:3:1: must be NAME=value',
        'dev.env:4:1: C: what stands behind the closing quote belongs to no value',
        'dev.env:5:1: warning: A was set on line 1, too: this one counts',
        'dev.env:6:1: D: the quote has no end',
      ],
    })
  })
})
