import { describe, expect, it } from 'vitest'
import { extractedOf, process } from './testing/pipeline-kit.ts'

describe('regex', () => {
  it('extracts the named groups; one that took no part is empty', () => {
    const stage = "- regex: {expression: '^(?P<verb>\\w+) (?<path>\\S+)(?: (?P<more>x))?(y)?'}"
    expect(extractedOf(process(stage, 'GET /a'))).toEqual({ verb: 'GET', path: '/a', more: '' })
  })

  it('leaves what was extracted when it does not match', () => {
    const stage = "- regex: {expression: '(?P<job>never)'}"
    expect(extractedOf(process(stage, 'GET', { job: 'a' }))).toEqual({ job: 'a' })
  })

  it('reads a label or an extracted value as its source', () => {
    const stage = "- regex: {source: filename, expression: '/(?P<app>[^/]+)[.]log$'}"
    const entry = process(stage, '', { filename: '/var/log/web.log' })
    expect(extractedOf(entry)['app']).toBe('web')
  })

  it('takes no longer for a pattern that would hang another engine', () => {
    const stage = "- regex: {expression: '^(?P<all>(a+)+)$'}"
    expect(extractedOf(process(stage, `${'a'.repeat(30_000)}!`))).toEqual({})
  })
})

describe('logfmt', () => {
  it('extracts by key, as far as the line can be read', () => {
    const stage = '- logfmt: {mapping: {level: lvl, msg: "", gone: missing}}'
    const line = 'lvl=info msg="a \\"b\\"" x=1 =broken msg=late'
    expect(extractedOf(process(stage, line))).toEqual({ level: 'info', msg: 'a "b"' })
  })

  it('reads an extracted value', () => {
    const stage = `
- json: {expressions: {inner: ''}}
- logfmt: {mapping: {a: ''}, source: inner}`
    expect(extractedOf(process(stage, '{"inner":"a=1 b=2"}'))['a']).toBe('1')
  })
})

describe('replace', () => {
  it('replaces the groups of every match by a template', () => {
    const stage = `- replace: {expression: '(\\d+)-(\\w+)', replace: '<{{ .Value | ToUpper }}>'}`
    expect(process(stage, '1-a, 22-bb.')?.line).toBe('<1>-<A>, <22>-<BB>.')
  })

  it('passes over a group within a replaced one, and extracts named groups', () => {
    const stage = `- replace: {expression: '(?P<outer>a(?P<inner>b)c)', replace: '[{{ .Value }}]'}`
    const entry = process(stage, 'xabcx')
    expect(entry?.line).toBe('x[abc]x')
    expect(extractedOf(entry)).toEqual({ outer: '[abc]', inner: '[b]' })
  })

  it('leaves the line without a match, and takes the text away with an empty replacement', () => {
    const stage = `- replace: {expression: 'password=(\\S+)', replace: ''}`
    expect(process(stage, 'nothing')?.line).toBe('nothing')
    expect(process(stage, 'password=abc x')?.line).toBe('password= x')
  })

  it('works on an extracted value', () => {
    const stage = `
- regex: {expression: 'ip=(?P<ip>\\S+)'}
- replace: {source: ip, expression: '(\\d+)$', replace: '0'}`
    const entry = process(stage, 'ip=10.1.2.3')
    expect(entry?.line).toBe('ip=10.1.2.3')
    expect(extractedOf(entry)['ip']).toBe('10.1.2.0')
  })

  it('knows the other extracted values and the hashes', () => {
    const stage = `
- regex: {expression: 'user=(?P<user>\\S+)'}
- replace: {expression: 'card=(\\S+)', replace: '{{ .user }}:{{ .Value | Sha2Hash "salt" }}'}`
    expect(process(stage, 'user=ann card=4')?.line).toBe(
      'user=ann card=ann:51e0ed5c000f3205a88bca9498b39922f08def28b2da77f063cf88b9708607a0',
    )
  })
})

describe('template', () => {
  const make = (template: string): string =>
    `- json: {expressions: {level: '', n: ''}}\n- template: {source: out, template: '${template}'}`
  const LINE = '{"level":"Warn","n":3}'

  it.each<[string, string | undefined]>([
    ['{{ .level | ToUpper }}', 'WARN'],
    ['{{ ToLower .level }}-{{ .n }}', 'warn-3'],
    ['{{ if eq .level "Warn" }}W{{ else }}?{{ end }}', 'W'],
    ['{{ .Entry | trunc 4 }}', '{"le'],
    ['{{ .absent }}', '<no value>'],
    ['{{ Replace .level "a" "A" -1 }}', 'WArn'],
    ['{{ TrimLeft .level "W" }}{{ TrimPrefix .level "Wa" }}', 'arnrn'],
    ['{{ regexReplaceAll "(a)(r)" .level "${2}${1}" }}', 'Wran'],
    ['{{ regexReplaceAllLiteral "a" .level "$1" }}', 'W$1rn'],
    ['{{ default "x" .absent }}', 'x'],
    ['{{ ternary "y" "n" (eq .level "Warn") }}', 'y'],
    ['{{ .level | quote }}', '"Warn"'],
    ['{{ join "+" (splitList "a" .level) }}', 'W+rn'],
    ['{{ sha256sum "a" }}', 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'],
    ['{{ Hash "" "a" }}', '80084bf2fba02475726feb2cab2d8215eab14bc6bdd8bfb2c8151257032ecd8b'],
    // An empty output takes the value away, and a template that fails makes none.
    ['{{ if false }}x{{ end }}', undefined],
    ['{{ add }}{{ index .level 99 }}', undefined],
  ])('%s gives %j', (template, wanted) => {
    expect(extractedOf(process(make(template), LINE))['out']).toBe(wanted)
  })

  it('knows the value of its own source', () => {
    const stage = `
- json: {expressions: {level: ''}}
- template: {source: level, template: '{{ .Value }}!'}
- template: {source: job, template: ''}`
    const entry = process(stage, LINE, { job: 'a' })
    expect(extractedOf(entry)).toEqual({ level: 'Warn!' })
    // Only what was extracted is changed, not the label.
    expect(entry?.labels.get('job')).toBe('a')
  })

  it('offers nothing that reads the environment', () => {
    expect(() => process(make('{{ env "HOME" }}'), LINE)).toThrow('"env" not defined')
  })
})
