import { describe, expect, it } from 'vitest'
import { stringMap } from '../gotemplate/value.ts'
import { lineTemplates } from './template-functions.ts'

const LABELS = { app: 'web', n: '7', f: '2.5', json: '{"a":[1,{"b":"c"}]}', when: '1700000000' }

function evaluate(template: string): string {
  const set = lineTemplates({ text: 'GET /a GET /b', timestampNs: 1_700_000_000_123_456_789n })
  set.parse('line', template)
  return set.evaluateSync('line', stringMap(new Map(Object.entries(LABELS))))
}

describe('the functions of templates', () => {
  it.each([
    ['{{__line__ | count "GET"}}', '2'],
    ['{{__timestamp__ | unixEpochNanos}}', '1700000000123456789'],
    ['{{__timestamp__ | date "2006-01-02T15:04:05.000Z07:00"}}', '2023-11-14T22:13:20.123Z'],
    ['{{.when | unixToTime | unixEpochMillis}}', '1700000000000'],
    [
      '{{toDateInZone "2006-01-02 15:04" "Europe/Berlin" "2026-07-01 12:00" | unixEpoch}}',
      '1782900000',
    ],
    ['{{add .n 1 "2" 3.9}} {{sub .n 10}} {{mul 2 3 4}} {{div 7 2}} {{mod 7 4}}', '13 -3 24 3 3'],
    ['{{max 3 .n 5}} {{min 3 .n 5}} {{maxf .f 2}} {{minf .f 2}}', '7 3 2.5 2'],
    ['{{round 3.14159 2}} {{ceil 1.2}} {{floor 1.8}} {{int .f}} {{float64 .f}}', '3.14 2 1 0 2.5'],
    ['{{addf .f 0.1}} {{subf .f 0.1}} {{mulf .f 2}} {{divf .f 2}}', '2.6 2.4 5 1.25'],
    ['{{trunc 2 .app}} {{trunc -2 .app}} {{substr 0 1 .app}} {{title "it is"}}', 'we eb w It Is'],
    ['{{alignLeft 5 .app}}|{{alignRight 5 .app}}|{{repeat 2 .app}}', 'web  |  web|webweb'],
    ['{{replace "e" "E" .app}} {{Replace "aaa" "a" "b" 2}} {{upper .app}}', 'wEb bba WEB'],
    ['{{trimAll "wb" .app}} {{TrimLeft "xxa" "x"}} {{trimPrefix "w" .app}}', 'e a eb'],
    [
      '{{regexReplaceAll "(w)(e)" .app "$2$1"}} {{regexReplaceAllLiteral "w" .app "$1"}}',
      'ewb $1eb',
    ],
    ['{{urlencode "a b&c"}} {{urldecode "a+b%26c"}}', 'a+b%26c a b&c'],
    ['{{b64enc .app}} {{b64dec "d2Vi"}} {{b64dec "d2ViMQ"}}', 'd2Vi web web1'],
    ['{{(index (index (fromJson .json).a 1).b)}}', 'c'],
    ['{{default "none" .nope}} {{default "none" .app}}', 'none web'],
    ['{{bytes "2KiB"}} {{duration "1m30s"}} {{duration_seconds "2s"}}', '2048 90 2'],
    ['{{indent 2 "a\\nb"}}{{nindent 1 "c"}}', '  a\n  b\n c'],
    ['{{if contains "we" .app}}y{{end}}{{if hasPrefix "x" .app}}n{{end}}', 'y'],
  ])('%s', (template, output) => {
    expect(evaluate(template)).toBe(output)
  })

  it.each([
    ['{{div 1 0}}', 'integer divide by zero'],
    ['{{bytes "x"}}', 'error calling bytes: strconv.ParseFloat: parsing "": invalid syntax'],
    ['{{duration "5"}}', 'error calling duration: time: missing unit in duration "5"'],
    ['{{repeat 1000000000 "x"}}', 'longer than'],
    ['{{alignLeft 1000000000 "x"}}', 'longer than'],
    ['{{indent 1000000000 "x"}}', 'longer than'],
    ['{{regexReplaceAll "(" .app ""}}', 'missing closing )'],
    ['{{urldecode "%zz"}}', 'invalid URL escape'],
    ['{{unixToTime "12"}}', "unable to parse time '12'"],
  ])('%s fails', (template, message) => {
    expect(() => evaluate(template)).toThrow(message)
  })
})
