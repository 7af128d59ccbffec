import { printHttp, printTls } from '../../outbound/print-http-client.ts'
import { formatAlertMatcher } from '../../lang/alert-matchers/print.ts'
import { formatDurationMs } from '../../model/duration.ts'
import { pick } from '../../yaml/plain.ts'
import { printYaml } from '../../yaml/print.ts'
import type { PlainRecord, PlainValue } from '../../yaml/section.ts'
import { printSecretSource } from '../notify/secret-source.ts'
import type { NamedTimeInterval, TimeInterval } from '../time-interval.ts'
import { formatMinute, formatNumbers, formatWeekdays } from '../time-interval-notation.ts'
import type { AlertmanagerConfig } from './alertmanager-config.ts'
import { DEFAULT_URLS, type GlobalConfig } from './global.ts'
import { formatHostPort } from './host-port.ts'
import type { InhibitRuleConfig } from './inhibit-rule.ts'
import { printEntry, type ReceiverConfig } from './receiver.ts'
import type { RouteConfig } from './route-config.ts'

/** Written on one line, as the original does. */
const FLOW_KEYS: ReadonlySet<string> = new Set(['weekdays', 'days_of_month', 'months', 'years'])

/**
 * The configuration in force as YAML, as /api/v2/status and `amtool config show` show it: defaults filled in, keys in the order
 * of the original's structures, secrets as `<secret>`. Keys that came after amtool 0.25 are left out where they hold their
 * default, because amtool reads the text strictly.
 */
export function printAlertmanagerConfig(config: AlertmanagerConfig): string {
  return printYaml(
    {
      global: printGlobal(config.global),
      route: printRoute(config.route),
      ...pick({
        inhibit_rules: config.inhibitRules.map(printInhibitRule),
        receivers: config.receivers.map(printReceiver),
      }),
      templates: config.templates.map(({ pattern }) => pattern),
      ...pick({
        mute_time_intervals: config.muteTimeIntervals.map(printNamed),
        time_intervals: config.timeIntervals.map(printNamed),
      }),
    },
    FLOW_KEYS,
  )
}

function printGlobal(global: GlobalConfig): PlainRecord {
  const { smtp, slack, opsgenie, wechat, victorops, telegram, rocketchat } = global
  const unlessDefault = (url: string, fallback: string): string | undefined =>
    url === fallback ? undefined : url
  return {
    resolve_timeout: formatDurationMs(global.resolveTimeoutMs),
    http_config: printHttp(global.http),
    ...pick({
      jira_api_url: global.jiraApiUrl,
      smtp_from: smtp.from,
      smtp_hello: smtp.hello,
      smtp_smarthost: smtp.smarthost && formatHostPort(smtp.smarthost),
      smtp_auth_username: smtp.authUsername,
      ...printSecretSource('smtp_auth_password', smtp.authPassword),
      ...printSecretSource('smtp_auth_secret', smtp.authSecret),
      smtp_auth_identity: smtp.authIdentity,
    }),
    smtp_require_tls: smtp.requireTls,
    ...pick({
      smtp_tls_config: smtp.tls && printTls(smtp.tls),
      smtp_force_implicit_tls: smtp.forceImplicitTls,
      ...printSecretSource('slack_api_url', slack.apiUrl),
      ...printSecretSource('slack_app_token', slack.appToken),
      slack_app_url: unlessDefault(slack.appUrl, DEFAULT_URLS.slackApp),
      pagerduty_url: global.pagerdutyUrl,
      opsgenie_api_url: opsgenie.apiUrl,
      ...printSecretSource('opsgenie_api_key', opsgenie.apiKey),
      wechat_api_url: wechat.apiUrl,
      ...printSecretSource('wechat_api_secret', wechat.apiSecret),
      wechat_api_corp_id: wechat.corpId,
      victorops_api_url: victorops.apiUrl,
      ...printSecretSource('victorops_api_key', victorops.apiKey),
      telegram_api_url: telegram.apiUrl,
      ...printSecretSource('telegram_bot_token', telegram.botToken),
      webex_api_url: global.webexApiUrl,
      rocketchat_api_url: unlessDefault(rocketchat.apiUrl, DEFAULT_URLS.rocketchat),
      ...printSecretSource('rocketchat_token', rocketchat.token),
      ...printSecretSource('rocketchat_token_id', rocketchat.tokenId),
      ...printSecretSource('mattermost_webhook_url', global.mattermostWebhookUrl),
    }),
  }
}

function printRoute(route: RouteConfig): PlainRecord {
  const duration = (value: number | undefined): string | undefined =>
    value === undefined ? undefined : formatDurationMs(value)
  return {
    ...pick({
      receiver: route.receiver,
      group_by: route.groupBy,
      match: route.match,
      match_re: route.matchRe,
      matchers: route.matchers.map(formatAlertMatcher),
      mute_time_intervals: route.muteTimeIntervals,
      active_time_intervals: route.activeTimeIntervals,
    }),
    continue: route.isContinued,
    ...pick({
      routes: route.routes.map(printRoute),
      group_wait: duration(route.groupWaitMs),
      group_interval: duration(route.groupIntervalMs),
      repeat_interval: duration(route.repeatIntervalMs),
      labels: route.labels,
    }),
  }
}

function printInhibitRule(rule: InhibitRuleConfig): PlainRecord {
  return pick({
    name: rule.name,
    source_match: rule.source.match,
    source_match_re: rule.source.matchRe,
    source_matchers: rule.source.matchers.map(formatAlertMatcher),
    target_match: rule.target.match,
    target_match_re: rule.target.matchRe,
    target_matchers: rule.target.matchers.map(formatAlertMatcher),
    equal: rule.equal,
  })
}

function printReceiver(receiver: ReceiverConfig): PlainRecord {
  const lists = new Map<string, PlainValue[]>()
  for (const entry of receiver.entries) {
    const key = `${entry.kind}_configs`
    lists.set(key, [...(lists.get(key) ?? []), printEntry(entry)])
  }
  return {
    name: receiver.name,
    ...pick({ labels: receiver.labels }),
    ...Object.fromEntries(lists),
  }
}

function printNamed({ name, intervals }: NamedTimeInterval): PlainRecord {
  return { name, time_intervals: intervals.map(printInterval) }
}

function printInterval(interval: TimeInterval): PlainRecord {
  return pick({
    times: interval.times?.map(({ startMinute, endMinute }) => ({
      start_time: formatMinute(startMinute),
      end_time: formatMinute(endMinute),
    })),
    weekdays: interval.weekdays?.map(formatWeekdays),
    days_of_month: interval.daysOfMonth?.map(formatNumbers),
    months: interval.months?.map(formatNumbers),
    years: interval.years?.map(formatNumbers),
    location: interval.location,
  })
}
