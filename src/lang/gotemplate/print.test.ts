import { describe, expect, it } from 'vitest'
import { SAMPLE_NOTIFICATION, expandText } from './testing/sample-notification.ts'

/** Template and output: the print family, verbs and flags as in Go's fmt. */
const CASES: readonly (readonly [string, string])[] = [
  [
    '{{ 1000000.0 }} {{ 123456789.0 }} {{ 1e20 }} {{ 1e21 }} {{ 1e22 }} {{ 0.0001 }} {{ 0.00001 }} {{ 123456.5 }} {{ printf "%g|%v|%#v|%.3g|%G" 1000000.0 2500000.5 1000000.0 1234.5 1e-10 }}',
    '1e+06 1.23456789e+08 1e+20 1e+21 1e+22 0.0001 1e-05 123456.5 1e+06|2.5000005e+06|1e+06|1.23e+03|1E-10',
  ],
  [
    '{{ printf "%6.2f|%-8s|%08.3f|%+d|%x|%X|%#x|%o|%O|%b|%c|%q|%U|%#U|%t|%e|%5t" 3.14159 "ab" 3.14159 5 255 255 255 8 8 5 65 65 65 65 true 12345.678 true }}',
    "  3.14|ab      |0003.142|+5|ff|FF|0xff|10|0o10|101|A|'A'|U+0041|U+0041 'A'|true|1.234568e+04| true",
  ],
  [
    '{{ printf "%*d|%-*d|%.*f|%[2]d %[1]d|%!|%z" 5 42 4 7 2 3.14159 }}',
    '   42|7   |3.14|42 5|%!!(int=42)|%!z(int=4)',
  ],
  [
    '{{ printf "%" }} {{ printf "%d%%" 5 }} {{ printf "%d" 1 2 "x" }}',
    '%!(NOVERB) 5% 1%!(EXTRA int=2, string=x)',
  ],
  ['{{ print 1 2 "a" "b" 3 4.5 nil true }}', '1 2ab3 4.5 <nil> true'],
  ['{{ println "a" 1 nil }}x', 'a 1 <nil>\nx'],
  [
    '{{ printf "%#v %#v %#v %#v" "a" 1 1.5 .GroupLabels }}',
    '"a" 1 1.5 template.KV{"alertname":"DiskFull"}',
  ],
  [
    '{{ printf "%x % x %#x %X %q %+q %#q" "hé" "hé" "hé" "hi" "hé\\n" "hé" "hi" }}',
    '68c3a9 68 c3 a9 0x68c3a9 6869 "hé\\n" "h\\u00e9" `hi`',
  ],
  [
    '{{ printf "%5.1f%%|%6s|%.2s|%05d|%+.2e|% d|%x" 99.55 "é" "hello" -42 123456.789 7 -255 }}',
    ' 99.5%|     é|he|-0042|+1.23e+05| 7|-ff',
  ],
  ['{{ .Alerts.Firing | len | printf "%d firing" }}', '1 firing'],
  [
    '{{ printf "%d" 3.5 }} {{ printf "%s" true }} {{ printf "%d" nil }} {{ printf "%t" 1 }} {{ printf "%s" nil }} {{ printf "%v" nil }}',
    '%!d(float64=3.5) %!s(bool=true) %!d(<nil>) %!t(int=1) %!s(<nil>) <nil>',
  ],
  [
    '{{ ((index .Alerts 1).EndsAt.Sub (index .Alerts 1).StartsAt).Round 60000000000 }} {{ printf "%d %s %v %T" ((index .Alerts 1).EndsAt.Sub (index .Alerts 1).StartsAt) (index .Alerts 1).StartsAt.Month (index .Alerts 1).StartsAt.Weekday (index .Alerts 1).StartsAt.Month }}',
    '1h1m0s 3661500000000 July Wednesday time.Month',
  ],
  [
    '{{ print (eq .Status "firing" "x") (ne 1 2) (lt 1.5 2.5) (ge "b" "a") }}',
    'true true true true',
  ],
  [
    '{{ printf "%v %v %v" 1.0 100000.0 1e5 }} {{ 3.0 }} {{ 1e100 }} {{ 0x1F }} {{ -0.0 }} {{ 1e-7 }} {{ 12345.678 }}',
    '1 100000 100000 3 1e+100 31 -0 1e-07 12345.678',
  ],
  [
    '{{ printf "%6.3d|%-6d|%+06d|%x|%o|% 5d|%#b" 7 7 7 "hi" 64 42 5 }}',
    '   007|7     |+00007|6869|100|   42|0b101',
  ],
  [
    '{{ printf "%10s|%-10s|%.3s|%q|%10q|%x" "abc" "abc" "abcdef" "a\\"b" "a" "abc" }}',
    '       abc|abc       |abc|"a\\"b"|       "a"|616263',
  ],
  [
    '{{ printf "%e %E %.2e %g %G %.3g %f %.0f %8.2f %-8.2f| %+f" 1234.5678 0.00012 123.456 1e21 1e-7 1234567.0 1.5 2.5 3.14159 2.5 1.0 }}',
    '1.234568e+03 1.200000E-04 1.23e+02 1e+21 1E-07 1.23e+06 1.500000 2     3.14 2.50    | +1.000000',
  ],
  [
    '{{ printf "%[3]v %[1]v %v" 1 2 3 }} {{ printf "%[5]v" 1 }} {{ printf "%[x]v" 1 }} {{ printf "%.*f" 2 1.234 }} {{ printf "%[1]*d" 3 }}',
    '3 1 2 %!v(BADINDEX) %!v(BADINDEX) 1.23 %!d(MISSING)',
  ],
  [
    '{{ printf "%c%c %U %#U %q %x" 72 0x4E16 0x4E16 0x4E16 \'x\' -42 }}',
    "H世 U+4E16 U+4E16 '世' 'x' -2a",
  ],
  [
    '{{ printf "%t %v" "x" nil }} {{ printf "%s %d" (index .Alerts 0).StartsAt.Month (index .Alerts 0).StartsAt.Month }}',
    '%!t(string=x) <nil> January 1',
  ],
  [
    '{{ printf "%05.1f|%05s|%-05d|%+q|%#q|%#x" 2.5 "ab" 3 "é" "a`b" "hi" }}',
    '002.5|000ab|3    |"\\u00e9"|"a`b"|0x6869',
  ],
  [
    '{{ printf "%!" }} {{ printf "%z" 1 }} {{ printf "% d|% x|%+d" 5 "abc" -5 }} {{ printf "%3c|%-3c|" \'a\' \'b\' }}',
    '%!!(MISSING) %!z(int=1)  5|61 62 63|-5   a|b  |',
  ],
  ['{{ .Status | printf "%s" | toUpper | len }}', '6'],
  ['{{ "x" | printf "%s-%s" "y" }}', 'y-x'],
  [
    '{{ eq (safeHtml "a") "a" }} {{ len (safeHtml "é") }} {{ printf "%T %v" (safeHtml "a") (safeHtml "a") }}',
    'true 2 template.HTML a',
  ],
  ['{{ (len .Alerts) | printf "%d %s" 5 }}', '5 %!s(int=2)'],
  ['{{ printf "%s" 5 | print 1 "a" 2 3 }}', '1a2 3%!s(int=5)'],
  ['{{ 1.0 | printf "%d" }}', '%!d(float64=1)'],
  ['{{ printf "%s" (index .Alerts 0).EndsAt }}', '0001-01-01 00:00:00 +0000 UTC'],
]

describe('printf and its kin', () => {
  it.each(CASES)('%s', (template, expected) => {
    expect(expandText(template, SAMPLE_NOTIFICATION)).toBe(expected)
  })
})
