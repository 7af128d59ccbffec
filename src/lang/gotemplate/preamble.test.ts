import { describe, expect, it } from 'vitest'
import { RULE_PREAMBLE } from './prometheus-data.ts'
import { TemplateSet } from './template.ts'

const set = new TemplateSet({ functions: new Map() })

/** What a text is read to, or why it cannot be read. */
function outcome(read: () => TemplateSet): unknown {
  try {
    const found = read()
    return found.names().map((name) => found.lookUp(name))
  } catch (thrown) {
    return String(thrown)
  }
}

describe.each([RULE_PREAMBLE, '{{$labels := 1}}\n{{/* a */}}{{$value := 2}}'])(
  'behind the preamble %j',
  (preamble) => {
    it.each([
      '',
      'plain',
      ' {{ $value }} of {{ $labels.a }}\n{{ $value | printf "%d" }}',
      '{{- $value -}} x',
      '{{ if $value }}{{ $a := 1 }}{{ $a }}{{ else }}b{{ end }}',
      '{{ define "t" }}{{ . }}{{ end }}{{ template "t" $value }}',
      '{{ define "t" }}{{ $value }}{{ end }}',
      '{{ define "n" }}a{{ end }}',
      '\n{{ $nobody }}',
      '{{ end }}',
      '\n\n{{ if }}',
      '{{ $labels := 3 }}{{ $labels }}{{',
    ])('%j is what it is with it in one text', (text) => {
      const whole = new TemplateSet({ functions: new Map() })
      const parsed = outcome(() => {
        whole.parse('n', preamble + text)
        return whole
      })
      expect(outcome(() => set.extend(text, { name: 'n', preamble }))).toEqual(parsed)
    })
  },
)
