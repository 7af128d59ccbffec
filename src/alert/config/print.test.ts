import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { FaultList } from '../../yaml/fault.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { readAlertmanagerConfig, type AlertmanagerConfig } from './alertmanager-config.ts'
import { printAlertmanagerConfig } from './print.ts'

function read(text: string): AlertmanagerConfig {
  const faults = new FaultList()
  const node = parseYaml(text, { file: 'am.yml', faults, env: {} })
  const config = node && readAlertmanagerConfig(node, { faults, folder: '/none' })
  if (!config || faults.hasErrors) throw new Error(JSON.stringify(faults.items))
  return config
}

/** Every kind of receiver that amtool 0.25 knows, with secrets that would be seen. */
const OLDER = `
global:
  smtp_smarthost: 'localhost:25'
  smtp_from: a@example.org
  smtp_auth_password: hidden
  slack_api_url: http://hidden.example.org/
  opsgenie_api_key: hidden
  http_config: {basic_auth: {username: u, password: hidden}}
templates: [/none/*.tmpl]
route:
  receiver: a
  group_by: ['...']
  routes:
  - match: {a: b}
    match_re: {c: 'd|e'}
    matchers: ['f!="g"', h=~i]
    continue: true
    mute_time_intervals: ['n']
    active_time_intervals: [m]
    group_wait: 1m30s
    routes: [{receiver: b}]
inhibit_rules:
- {source_match: {a: b}, target_match_re: {c: d}, target_matchers: [a=b], equal: [x, 'y']}
receivers:
- name: a
  email_configs: [{to: a@example.org, headers: {subject: '{{ .Status }}'}}]
  slack_configs: [{channel: '#x', fields: [{title: a, value: b, short: true}], actions: [{type: button, text: a, url: b}]}]
  webhook_configs: [{url: 'http://u:hidden@h:1/hidden?hidden'}, {url: 'http://h/{{ .hidden }}', max_alerts: 3}]
  pagerduty_configs: [{routing_key: hidden, details: {a: b}}, {service_key: hidden}]
  opsgenie_configs: [{responders: [{type: Team, name: x}]}]
  wechat_configs: [{corp_id: a, api_secret: hidden}]
  pushover_configs: [{user_key: hidden, token: hidden}]
  victorops_configs: [{api_key: hidden, routing_key: b}]
  sns_configs: [{topic_arn: a, sigv4: {region: b, access_key: c, secret_key: hidden}}]
  telegram_configs: [{bot_token: hidden, chat_id: -100123}]
- name: b
  webex_configs: [{room_id: a, http_config: {authorization: {credentials: hidden}}}]
  discord_configs: [{webhook_url: http://hidden/}]
mute_time_intervals:
- name: 'n'
  time_intervals: [{times: [{start_time: '09:00', end_time: '24:00'}], weekdays: ['Monday:friday', saturday], days_of_month: ['1:5', '-1'], months: ['january:march', may], years: [2020, '2021:2022'], location: Europe/Paris}]
time_intervals:
- name: m
  time_intervals: [{}]
`

const NEWER = `
global: {jira_api_url: http://j/, rocketchat_token: hidden, rocketchat_token_id: hidden, slack_app_token: hidden, mattermost_webhook_url: http://hidden/}
route: {receiver: a, labels: {team: '{{ .GroupLabels.team }}'}}
receivers:
- name: a
  labels: {owner: me}
  slack_configs: [{channel: c, update_message: true}, {app_token: hidden}]
  msteams_configs: [{webhook_url: http://hidden/}]
  msteamsv2_configs: [{webhook_url: http://hidden/}]
  jira_configs: [{project: P, issue_type: Bug, summary: {template: s, enable_update: false}, fields: {a: [1, '2', true, {b: null}]}, reopen_duration: 1d}]
  rocketchat_configs: [{actions: [{type: button, msginchatwindow: true}]}]
  mattermost_configs: [{attachments: [{text: t, fields: [{title: a, value: b}]}], props: {card: c}, priority: {priority: urgent}}]
  incidentio_configs: [{url: http://i/, alert_source_token: hidden, timeout: 1.5s}]
  webhook_configs: [{url: http://h/, timeout: 90s, payload: {text: '{{ .Status }}', n: 1}}]
`

/** The same configuration after its secrets were put in again. */
function again(printed: string): string {
  return printed
    .replace(/(url): <secret>/g, '$1: http://hidden.example.org/')
    .replaceAll('/<secret>', '/hidden')
    .replaceAll('<secret>', 'hidden')
}

describe('printAlertmanagerConfig', () => {
  it.each([
    ['kinds that amtool 0.25 knows', OLDER],
    ['newer kinds', NEWER],
  ])('%s: without secrets, and it means the same', (_, text) => {
    const printed = printAlertmanagerConfig(read(text))
    expect(printed).not.toContain('hidden')
    expect(printAlertmanagerConfig(read(again(printed)))).toBe(printed)
  })

  it('is YAML in the notation of the original', () => {
    const printed = printAlertmanagerConfig(read(OLDER))
    for (const part of [
      'global:\n  resolve_timeout: 5m\n  http_config:\n    basic_auth:\n      username: u\n      password: <secret>\n',
      '  - match:\n      a: b\n    match_re:\n      c: d|e\n    matchers:\n    - f!="g"\n    - h=~"i"\n',
      '    group_wait: 1m30s\n',
      '    url: http://h:1/<secret>\n',
      '    retry: 1m0s\n    expire: 1h0m0s\n',
      '    weekdays: [monday:friday, saturday]\n    days_of_month: ["1:5", "-1"]\n',
    ]) {
      expect(printed).toContain(part)
    }
  })

  const amtool = '/usr/bin/amtool'
  if (!existsSync(amtool)) console.log('skipped: amtool is not installed')

  it.skipIf(!existsSync(amtool))('is read by amtool', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'print-config-'))
    try {
      const file = path.join(folder, 'am.yml')
      writeFileSync(file, printAlertmanagerConfig(read(OLDER)))
      const run = (...args: string[]): string =>
        execFileSync(amtool, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      expect(run('check-config', file)).toContain('SUCCESS')
      const labels = ['a=b', 'c=d', 'f=x', 'h=i']
      expect(run('config', 'routes', 'test', `--config.file=${file}`, ...labels)).toBe('b\n')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
