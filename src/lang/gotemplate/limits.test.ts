import { describe, expect, it } from 'vitest'
import { alertmanagerFunctions } from './alertmanager-functions.ts'
import { defineAsync, aString } from './function.ts'
import { TemplateSet } from './template.ts'

const functions = alertmanagerFunctions()
const set = new TemplateSet({
  functions,
  limits: { maxTextLength: 10_000, maxSteps: 100_000, maxSourceLength: 100_000 },
})

const HOSTILE: readonly (readonly [string, string, string])[] = [
  ['a long output', '{{ range 200 }}{{ printf "%100d" . }}{{ end }}', 'text longer than 10000'],
  ['a wide number', '{{ printf "%100000d" 1 }}', 'text longer than 10000'],
  [
    'a text that doubles',
    '{{ $x := "ab" }}{{ range 60 }}{{ $x = print $x $x }}{{ end }}',
    'longer',
  ],
  [
    'a list that doubles',
    '{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ $x }}',
    'longer',
  ],
  [
    'a deep value',
    '{{ $x := list 1 }}{{ range 5000 }}{{ $x = list $x }}{{ end }}{{ $x }}',
    'nested deeper',
  ],
  ['a long loop', '{{ range 1000000000 }}{{ end }}', 'took more than 100000 steps'],
  [
    'many replacements',
    '{{ $x := printf "%5000d" 1 }}{{ reReplaceAll "" $x $x }}',
    'longer than 10000',
  ],
  [
    'a long separator',
    '{{ $x := printf "%9000d" 1 }}{{ join $x (stringSlice "a" "b" "c") }}',
    'longer than 10000',
  ],
  [
    'recursion',
    '{{ define "r" }}{{ template "r" . }}{{ end }}{{ template "r" . }}',
    'exceeded maximum template depth (500)',
  ],
  [
    'deep blocks',
    `${'{{ if 1 }}'.repeat(300)}${'{{ end }}'.repeat(300)}`,
    'nested deeper than 200',
  ],
  ['deep parentheses', `{{ ${'('.repeat(300)}1${')'.repeat(300)} }}`, 'nested deeper than 200'],
  [
    'many alternatives',
    `{{ if 0 }}${'{{ else if 0 }}'.repeat(300)}{{ end }}`,
    'nested deeper than 200',
  ],
  ['a long source', '{{ 1 }}'.repeat(20_000), 'longer than 100000 characters'],
]

describe('a hostile template', () => {
  it.each(HOSTILE)('is stopped: %s', (_, template, message) => {
    expect(() => set.expandSync(template, undefined)).toThrow(message)
  })

  it('is stopped when it asks too many questions', async () => {
    const ask = defineAsync([aString], async (text) => Promise.resolve(text))
    const asking = new TemplateSet({
      functions: new Map([...functions, ['ask', ask]]),
      limits: { maxAsyncCalls: 5 },
    })
    const template = '{{ range 10 }}{{ ask (print .) }}{{ end }}'
    await expect(asking.expand(template, undefined)).rejects.toThrow(
      'more than 5 different queries',
    )
  })

  it('cannot reach what JavaScript objects inherit', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      expect(set.expandSync(`{{ (dict "a" 1).${name} }}`, undefined)).toBe('<no value>')
      const field = `{{ (index (list now) 0).${name} }}`
      expect(() => set.expandSync(field, undefined)).toThrow("can't evaluate field")
    }
  })
})

describe('a check without data', () => {
  it('finds unknown templates and circles that nothing ends', () => {
    const checked = new TemplateSet({ functions })
    const text = [
      '{{ define "a" }}{{ template "b" . }}{{ end }}',
      '{{ define "b" }}x{{ template "a" . }}{{ end }}',
      '{{ define "fine" }}{{ if . }}{{ template "fine" . }}{{ end }}{{ end }}',
      '{{ define "c" }}{{ if . }}{{ template "nope" . }}{{ end }}{{ end }}',
    ]
    checked.parse('file.tmpl', text.join('\n'))
    expect(checked.check().map((fault) => fault.message)).toEqual([
      'template: file.tmpl:1: endless cycle of templates "a" -> "b" -> "a"',
      'template: file.tmpl:4: template "nope" not defined',
    ])
  })
})

describe('a set', () => {
  it('replaces templates, but not by empty ones, and is not changed by the texts it expands', () => {
    const own = new TemplateSet({ functions })
    own.parse('one', '{{ define "t" }}1{{ end }}')
    own.parse('two', '{{ define "t" }} {{ end }}')
    expect(own.evaluateSync('t', undefined)).toBe('1')
    own.parse('three', '{{ define "t" }}3{{ end }}')
    expect(own.expandSync('{{ template "t" }}', undefined)).toBe('3')
    expect(own.expandSync('{{ define "t" }}4{{ end }}{{ template "t" }}', undefined)).toBe('4')
    expect(own.expandSync('{{ template "t" }}', undefined)).toBe('3')
    expect(() => own.evaluateSync('nope', undefined)).toThrow('no template "nope"')
  })

  it('follows the option missingkey', () => {
    const expand = (missingKey: 'default' | 'zero' | 'error', template: string): string => {
      return new TemplateSet({ functions, missingKey }).expandSync(template, undefined)
    }
    expect(expand('default', '{{ (dict "a" 1).b }}')).toBe('<no value>')
    expect(() => expand('error', '{{ (dict "a" 1).b }}')).toThrow('map has no entry for key "b"')
  })
})
