import { beforeAll, describe, expect, it } from 'vitest'
import { alertmanagerFunctions } from './alertmanager-functions.ts'
import { notificationData } from './alertmanager-data.ts'
import { DEFAULT_EMAIL } from './default-email.ts'
import { DEFAULT_TEMPLATES } from './default-templates.ts'
import { TemplateSet } from './template.ts'
import { SAMPLE_NOTIFICATION } from './testing/sample-notification.ts'

function load(mode: 'text' | 'html'): TemplateSet {
  const set = new TemplateSet({ functions: alertmanagerFunctions(), mode })
  set.parse('default.tmpl', DEFAULT_TEMPLATES)
  set.parse('email.tmpl', DEFAULT_EMAIL)
  return set
}

/** Names that configurations of the field call or replace. */
const NAMES = [
  ...['__alertmanager', '__alertmanagerURL', '__subject', '__description'],
  ...['__text_alert_list', '__text_alert_list_markdown', '__single_message_title'],
  ...'title titlelink fallback username color callbackid pretext text footer iconemoji iconurl'
    .split(' ')
    .map((name) => `slack.default.${name}`),
  ...['description', 'client', 'clientURL', 'instances'].map((name) => `pagerduty.default.${name}`),
  ...['message', 'description', 'source'].map((name) => `opsgenie.default.${name}`),
  ...'message to_user to_party to_tag agent_id'.split(' ').map((name) => `wechat.default.${name}`),
  ...'state_message entity_display_name monitoring_tool'
    .split(' ')
    .map((name) => `victorops.default.${name}`),
  ...['title', 'message', 'url'].map((name) => `pushover.default.${name}`),
  ...['subject', 'message'].map((name) => `sns.default.${name}`),
  ...['telegram.default.message', 'webex.default.message'],
  ...['title', 'message', 'content'].map((name) => `discord.default.${name}`),
  ...['summary', 'title', 'text'].map((name) => `msteams.default.${name}`),
  ...['title', 'text'].map((name) => `msteamsv2.default.${name}`),
  ...['summary', 'description', 'priority'].map((name) => `jira.default.${name}`),
  ...'title titlelink alias emoji iconurl text'
    .split(' ')
    .map((name) => `rocketchat.default.${name}`),
  ...'title titlelink fallback username color text'
    .split(' ')
    .map((name) => `mattermost.default.${name}`),
  ...['title', 'description'].map((name) => `incidentio.default.${name}`),
  ...['subject', 'html', 'text'].map((name) => `email.default.${name}`),
]

describe('the default templates', () => {
  let text: TemplateSet
  let html: TemplateSet
  beforeAll(() => {
    text = load('text')
    html = load('html')
  })

  it('have the names of the original, call only each other, and end', () => {
    expect(text.names()).toEqual(expect.arrayContaining(NAMES))
    expect(text.check()).toEqual([])
  })

  it.each(NAMES.filter((name) => !/alert_list|instances/.test(name)))('%s is evaluated', (name) => {
    expect(text.evaluateSync(name, SAMPLE_NOTIFICATION)).not.toContain('<no value>')
    expect(html.evaluateSync(name, SAMPLE_NOTIFICATION)).not.toContain('<b>full')
  })

  it('say in the subject what fires, where, and what all have in common', () => {
    const alert = {
      status: 'firing',
      labels: new Map([
        ['alertname', 'Down'],
        ['job', 'web'],
        ['severity', 'critical'],
      ]),
      annotations: new Map(),
      startsAtMs: 0,
      generatorUrl: '',
      fingerprint: '1',
    } as const
    const base = {
      receiver: 'r',
      groupLabels: new Map([['alertname', 'Down']]),
      externalUrl: 'http://v',
    }
    const firing = notificationData({ ...base, alerts: [alert] })
    expect(text.evaluateSync('__subject', firing)).toBe('[FIRING:1] Down (web critical)')
    const resolved = notificationData({ ...base, alerts: [{ ...alert, status: 'resolved' }] })
    expect(text.evaluateSync('__subject', resolved)).toBe('[RESOLVED] Down (web critical)')
    expect(text.evaluateSync('jira.default.priority', firing)).toBe('High')
    expect(text.evaluateSync('slack.default.color', resolved)).toBe('good')
    expect(text.evaluateSync('slack.default.titlelink', firing)).toBe(
      'http://v/#/alerts?receiver=r',
    )
  })

  it('list the alerts with labels, annotations and source', () => {
    expect(text.evaluateSync('discord.default.message', SAMPLE_NOTIFICATION)).toBe(
      [
        'Firing (1)',
        '',
        'DiskFull',
        '  alertname: DiskFull',
        '  instance: web1:9100',
        '  severity: critical',
        '  zone: b',
        'Notes',
        '  n: 1',
        '  summary: Disk <b>full</b> & "hot"',
        'Source: http://prom/graph?g0.expr=up%3D%3D0&g0.tab=1',
        '',
        'Resolved (1)',
        '',
        'DiskFull',
        '  alertname: DiskFull',
        '  instance: web2:9100',
        '  severity: warning',
        'Notes',
        '  summary: ok',
        'Source: javascript:alert(1)',
        '',
      ].join('\n'),
    )
  })

  it('make a mail in which nothing of the data is markup', () => {
    const mail = html.evaluateSync('email.default.html', SAMPLE_NOTIFICATION)
    expect(mail).toMatch(/^<!DOCTYPE html>/)
    expect(mail).toContain('Disk &lt;b&gt;full&lt;/b&gt; &amp; &#34;hot&#34;')
    expect(mail).toContain('href="http://prom/graph?g0.expr=up%3D%3D0&amp;g0.tab=1"')
    expect(mail).not.toContain('javascript:')
    expect(mail).toContain('2024-07-10 02:03:04 UTC')
  })

  it('may be replaced and called by the files of a configuration', () => {
    const own = load('text')
    own.parse('my.tmpl', '{{ define "slack.default.text" }}{{ template "__subject" . }}!{{ end }}')
    expect(own.evaluateSync('slack.default.text', SAMPLE_NOTIFICATION)).toBe('[FIRING:1] DiskFull!')
  })
})

describe('labels of the route', () => {
  const routed = (routeLabels: readonly (readonly [string, string])[]) =>
    notificationData({
      receiver: 'r',
      groupLabels: new Map([['a', 'x']]),
      externalUrl: '',
      alerts: [],
      routeLabels: new Map(routeLabels),
    })
  const set = new TemplateSet({ functions: alertmanagerFunctions() })

  it('may be templates that name each other, but not in a circle', () => {
    const data = routed([
      ['one', '{{ .GroupLabels.a }}{{ routeLabels "two" }}'],
      ['two', '2'],
      ['loop', '{{ routeLabels "pool" }}'],
      ['pool', '{{ routeLabels "loop" }}'],
    ])
    expect(set.expandSync('{{ routeLabels "one" }}{{ routeLabels "nope" }}', data)).toBe('x2')
    expect(() => set.expandSync('{{ routeLabels "loop" }}', data)).toThrow(
      'route label cycle detected: loop -> pool -> loop',
    )
  })
})
