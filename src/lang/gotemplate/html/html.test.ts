import { describe, expect, it } from 'vitest'
import { SAMPLE_NOTIFICATION, expandHtml } from '../testing/sample-notification.ts'

/** Template and output by the place that the action stands in. */
const CASES: readonly (readonly [string, string])[] = [
  // Text
  [
    '<b>{{ (index .Alerts 0).Annotations.summary }}</b>',
    '<b>Disk &lt;b&gt;full&lt;/b&gt; &amp; &#34;hot&#34;</b>',
  ],
  ['{{ 5 }} {{ 1.5 }} {{ true }} {{ "a+b" }}{{ .CommonLabels.nope }}|', '5 1.5 true a&#43;b|'],
  ['{{ safeHtml "<b>ok</b>" }}', '<b>ok</b>'],
  ['{{ .Status | html }} {{ "<" | html }} {{ html "<" "&" }}', 'firing &lt; &lt;&amp;'],
  ['< b {{ "x" }} <3', '&lt; b x &lt;3'],
  ['<!-- {{ .Status }} -->a<!-- c -->', 'a'],
  [
    '<!DOCTYPE html><br/><input disabled value="{{ .Status }}">',
    '<!DOCTYPE html><br/><input disabled value="firing">',
  ],
  // RCDATA
  ['<title>{{ "<b>" }} <i></title>', '<title>&lt;b&gt; &lt;i></title>'],
  ['<textarea>{{ "</textarea>" }}</textarea>', '<textarea>&lt;/textarea&gt;</textarea>'],
  // Attributes
  [
    '<a title="{{ "a\\"b<c" }}" class=\'{{ "a\'b" }}\' id={{ "a b=c`d" }}>',
    '<a title="a&#34;b&lt;c" class=\'a&#39;b\' id=a&#32;b&#61;c&#96;d>',
  ],
  ['<a title="{{ safeHtml "<b>ok</b> &amp; \\"q\\"" }}">', '<a title="ok &amp; &#34;q&#34;">'],
  ['<img alt={{ "" }}>', '<img alt=ZgotmplZ>'],
  [
    '<a {{ "title" }}="x" {{ "onclick" }}="y" {{ "href" }}="z">',
    '<a title="x" ZgotmplZ="y" ZgotmplZ="z">',
  ],
  ['<td{{ if .Status }} class="{{ .Status }}"{{ end }}>', '<td class="firing">'],
  // Addresses
  [
    '<a href="{{ (index .Alerts 0).GeneratorURL }}">',
    '<a href="http://prom/graph?g0.expr=up%3D%3D0&amp;g0.tab=1">',
  ],
  ['<a href="{{ (index .Alerts 1).GeneratorURL }}">', '<a href="#ZgotmplZ">'],
  [
    '<a href="{{ "JavaScript:x" }}"><a href="{{ "data:text/html,x" }}">',
    '<a href="#ZgotmplZ"><a href="#ZgotmplZ">',
  ],
  ['<a href=" {{ "javascript:x" }}">', '<a href=" #ZgotmplZ">'],
  [
    '<a href="{{ "mailto:a@b" }}"><a href="{{ "/a:b" }}"><a href={{ "http://x/a b" }}>',
    '<a href="mailto:a@b"><a href="/a:b"><a href=http://x/a%20b>',
  ],
  ['<a href="{{ safeUrl "javascript:x()" }}">', '<a href="javascript:x%28%29">'],
  [
    '<a href="/x?q={{ "a b&c=d/é%20" }}#{{ "a b" }}">',
    '<a href="/x?q=a%20b%26c%3dd%2f%c3%a9%2520#a%20b">',
  ],
  ['<a href="/x/{{ "a b&c/é%20\'()" }}">', '<a href="/x/a%20b&amp;c/%c3%a9%20%27%28%29">'],
  ['<a href="/?q={{ "a b" | urlquery }}">', '<a href="/?q=a&#43;b">'],
  [
    '<a data-href="{{ "javascript:x" }}" xlink:href="{{ "javascript:y" }}">',
    '<a data-href="#ZgotmplZ" xlink:href="#ZgotmplZ">',
  ],
  // A scheme in two pieces
  ['<a href="{{ "java" }}{{ "script:x" }}">', '<a href="java#ZgotmplZ">'],
  ['<a href="{{ if .Status }}{{ "java" }}{{ end }}{{ "script:x" }}">', '<a href="java#ZgotmplZ">'],
  // Styles
  [
    '<p style="color: {{ "red" }}; width: {{ 5 }}px; x: {{ "a;b" }}; y: {{ "#fff" }}">',
    '<p style="color: red; width: 5px; x: ZgotmplZ; y: #fff">',
  ],
  [
    '<p style="x: {{ "expr/**/ession(1)" }}; y: {{ "exp ression" }}">',
    '<p style="x: ZgotmplZ; y: ZgotmplZ">',
  ],
  [
    '<style>/* c */p { background: url({{ "http://x/a b" }}) }</style>',
    '<style> p { background: url(http://x/a%20b) }</style>',
  ],
  [
    '<style>p { background: url("{{ "javascript:x" }}"); content: "{{ "a\\"b</style>" }}" }</style>',
    '<style>p { background: url("#ZgotmplZ"); content: "a\\22 b\\3c \\2f style\\3e " }</style>',
  ],
  // Scripts
  [
    '<script>var x = {{ .Status }}, y = {{ 5 }} / 2, z = {{ true }} // {{ "c" }}\n</script>',
    '<script>var x = "firing", y =  5  / 2, z =  true  \n</script>',
  ],
  [
    '<script>f("{{ "a\\"b</script>" }}", \'{{ "it\'s" }}\')</script>',
    '<script>f("a\\u0022b\\u003c\\u002fscript\\u003e", \'it\\u0027s\')</script>',
  ],
  ['<script>var a = /"/ ; b = {{ "x" }}</script>', '<script>var a = /"/ ; b = "x"</script>'],
  [
    '<a onclick="f({{ "a\\"b" }}, \'{{ "x\'y" }}\')">',
    '<a onclick="f(&#34;a\\u0022b&#34;, \'x\\u0027y\')">',
  ],
  // Flow
  [
    '{{ range $i, $x := .Alerts }}{{ if $i }}, {{ end }}<b>{{ $i }}</b>{{ end }}',
    '<b>0</b>, <b>1</b>',
  ],
  [
    '{{ range .Alerts }}{{ if eq .Status "resolved" }}<b>{{ continue }}{{ end }}{{ .Status }}{{ end }}',
    'firing<b>',
  ],
  [
    '{{ define "u" }}{{ .ExternalURL }}/?a={{ "x&y" }}{{ end }}<a href="{{ template "u" . }}">{{ template "u" . }}',
    '<a href="http://am.example.org/?a=x%26y">http://am.example.org/?a=x&amp;y',
  ],
  [
    '{{ define "r" }}{{ if . }}<b>{{ index . 0 }}</b>{{ template "r" (slice . 1) }}{{ end }}{{ end }}{{ template "r" "ab" }}',
    '<b>97</b><b>98</b>',
  ],
]

/** Places for which nothing is safe, and markup that cannot be judged. */
const REFUSED: readonly (readonly [string, string])[] = [
  ['<a href="', 'html/template: ends in a non-text context'],
  [
    '{{ if .Status }}<a href="{{ end }}x',
    'html/template::1:6: {{if}} branches end in different contexts',
  ],
  [
    '<a href="{{ if .Status }}http://x/{{ else }}/y?{{ end }}{{ .Receiver }}">',
    'ambiguous context within a URL',
  ],
  ['{{ range .Alerts }}<a href="{{ end }}', '{{range}} branches end in different contexts'],
  [
    '{{ range .Alerts }}{{ if .Status }}<a href="{{ break }}{{ end }}{{ end }}',
    'branches end in different contexts',
  ],
  ['<script>`{{ .Status }}`</script>', 'appears in a JS template literal'],
  ['<script>`${x}`; {{ .Status }}</script>', 'template literal'],
  ['<script>x = /{{ "a" }}/</script>', 'appears in a JS regular expression'],
  ['<iframe srcdoc="{{ .Status }}">', 'cannot be escaped safely'],
  ['<img srcset="{{ .Status }}">', 'cannot be escaped safely'],
  ['<a {{ "title" }}onclick="{{ .Status }}">', 'cannot be escaped safely'],
  ['<a b"c>', 'in attribute name'],
  ['<a b=c"d>', 'in unquoted attr'],
  ['{{ "<" | html | printf "%s" }}', 'predefined escaper "html" disallowed in template'],
  ['{{ template "nope" }}', 'no such template "nope"'],
]

describe('the mode html', () => {
  it.each(CASES)('%s', (template, expected) => {
    expect(expandHtml(template, SAMPLE_NOTIFICATION)).toBe(expected)
  })

  it.each(REFUSED)('refuses %s', (template, message) => {
    expect(() => expandHtml(template, SAMPLE_NOTIFICATION)).toThrow(message)
  })
})
