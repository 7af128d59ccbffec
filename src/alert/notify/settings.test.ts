import { describe, expect, it } from 'vitest'
import { readAlertmanagerConfig } from '../config/alertmanager-config.ts'
import type { ReceiverEntry } from '../config/receiver.ts'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import { parseYaml } from '../../yaml/parse.ts'
import type { ReceiverName, SettingsByName } from './receiver-sections.ts'

function isKind<N extends ReceiverName>(
  entry: ReceiverEntry,
  kind: N,
): entry is ReceiverEntry<N> & ReceiverEntry {
  return entry.kind === kind
}

/** The settings of one entry of a kind, with what was said about them. */
function readEntry<N extends ReceiverName>(
  kind: N,
  entry: string,
  global = '{}',
): { settings: SettingsByName[N]; faults: string[] } {
  const faults = new FaultList()
  const text = `global: ${global}\nroute: {receiver: a}\nreceivers:\n- name: a\n  ${kind}_configs:\n  - ${entry}\n`
  const env = { TO: 'me@example.org', TOKEN: 'tok' }
  const node = parseYaml(text, { file: 'am.yml', faults, env })
  const config = node && readAlertmanagerConfig(node, { faults, folder: '/none' })
  const found = config?.receivers[0]?.entries[0]
  const shown = faults.items.map(formatFault)
  if (!found || !isKind(found, kind)) throw new Error(shown.join('\n'))
  return { settings: found.settings, faults: shown }
}

const MAIL = '{smtp_smarthost: "[::1]:25", smtp_from: from@example.org, smtp_require_tls: false}'

describe('email', () => {
  it('takes over what global says', () => {
    const { settings } = readEntry('email', "{to: '${TO}'}", MAIL)
    expect(settings).toMatchObject({
      sendResolved: false,
      to: 'me@example.org',
      from: 'from@example.org',
      hello: 'localhost',
      smarthost: { host: '::1', port: '25' },
      requireTls: false,
      html: '{{ template "email.default.html" . }}',
      text: '',
    })
  })

  it('reads subject and body, which people write, and says so', () => {
    const { settings, faults } = readEntry(
      'email',
      "{to: a, subject: '{{ .Status }}', body: hello}",
      MAIL,
    )
    expect(settings).toMatchObject({
      headers: { Subject: '{{ .Status }}' },
      html: '',
      text: 'hello',
    })
    expect(faults).toEqual([
      'am.yml:6:13: warning: subject: not a key of Alertmanager; read as headers: {Subject: …}',
      "am.yml:6:39: warning: body: not a key of Alertmanager; read as text: …, with html: '' where html is not set",
    ])
  })

  it('writes names of headers as mails do', () => {
    const { settings } = readEntry('email', '{to: a, headers: {in-reply-to: b}, html: c}', MAIL)
    expect(settings).toMatchObject({ headers: { 'In-Reply-To': 'b' }, html: 'c' })
  })
})

describe('templates', () => {
  it('stay as they are written', () => {
    const { settings, faults } = readEntry(
      'webex',
      "{room_id: '$$ {{ $x := 1 }}$labels', message: 'a $$ ${TOKEN}', http_config: {authorization: {credentials: a}}}",
    )
    expect(settings.roomId).toBe('$$ {{ $x := 1 }}$labels')
    expect(settings.message).toBe('a $ tok')
    expect(faults).toEqual([
      'am.yml:6:51: warning: message: $$ is read as one $; write $$$$ for two',
    ])
  })

  it('do not take variables of the environment, which is said', () => {
    const { settings, faults } = readEntry(
      'webex',
      "{room_id: '${TOKEN} {{ 1 }}', http_config: {authorization: {credentials: a}}}",
    )
    expect(settings.roomId).toBe('${TOKEN} {{ 1 }}')
    expect(faults.join()).toContain('${…} is not expanded in a template')
  })
})

describe('slack', () => {
  it('sends with the token of the app', () => {
    const { settings } = readEntry('slack', '{channel: c}', "{slack_app_token: '${TOKEN}'}")
    expect(settings.apiUrl.kind === 'text' && settings.apiUrl.secret.reveal()).toBe(
      'https://slack.com/api/chat.postMessage',
    )
    expect(settings.http.authorization?.credentials?.reveal()).toBe('tok')
  })

  it('an address of its own goes before the global token', () => {
    const { settings } = readEntry('slack', '{api_url: http://h/}', '{slack_app_token: t}')
    expect(settings.appToken).toBeUndefined()
    expect(settings.http.authorization).toBeUndefined()
    expect(settings.sendResolved).toBe(false)
  })

  it('takes the global address, and a file as well', () => {
    const { settings } = readEntry('slack', '{}', '{slack_api_url_file: url}')
    expect(settings.apiUrl).toEqual({ kind: 'file', file: '/none/url' })
  })
})

it('pagerduty knows its details and its source', () => {
  const { settings } = readEntry(
    'pagerduty',
    '{routing_key: a, client: c, details: {n: 1, firing: x}}',
  )
  expect(settings).toMatchObject({
    url: 'https://events.pagerduty.com/v2/enqueue',
    source: 'c',
    details: { n: 1, firing: 'x', num_firing: '{{ .Alerts.Firing | len }}' },
  })
})

it('jira takes a text or a mapping for a field, and values of any shape', () => {
  const { settings } = readEntry(
    'jira',
    '{api_url: http://j/, project: P, issue_type: B, summary: s, description: {template: d, enable_update: false}, fields: {a: [1, "1", {b: true}]}}',
  )
  expect(settings).toMatchObject({
    summary: { template: 's', enableUpdate: true },
    description: { template: 'd', enableUpdate: false },
    fields: { a: [1, '1', { b: true }] },
    apiType: 'auto',
  })
})

it('addresses that are appended to end with a slash', () => {
  const { settings } = readEntry('opsgenie', '{api_key: a, api_url: "http://h/v?x=1"}')
  expect(settings.apiUrl).toBe('http://h/v/?x=1')
})

it('msteamsv2 alone takes over the global proxy', () => {
  const entry = '{webhook_url: http://h/, http_config: {follow_redirects: false}}'
  const global = '{http_config: {proxy_url: "http://p:1/"}}'
  expect(readEntry('msteamsv2', entry, global).settings.http.proxy.url?.reveal()).toBe(
    'http://p:1/',
  )
  expect(readEntry('msteams', entry, global).settings.http.proxy.url).toBeUndefined()
})

it('durations of Go', () => {
  const { settings } = readEntry(
    'pushover',
    '{user_key: a, token: b, retry: 1.5m, expire: 1h0m1s500ms}',
  )
  expect(settings).toMatchObject({ retry: 90_000, expire: 3_601_500, ttl: 0 })
})

it('a placeholder of an example is warned about', () => {
  const { faults } = readEntry('pagerduty', "{service_key: '<pagerduty-key>'}")
  expect(faults).toEqual([
    'am.yml:6:19: warning: service_key: <pagerduty-key> is a placeholder: fill in the real value, or ${VAR} for an environment variable',
  ])
})
