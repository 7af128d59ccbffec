import { discordSection } from './discord-settings.ts'
import { emailSection } from './email-settings.ts'
import { incidentioSection } from './incidentio-settings.ts'
import { jiraSection } from './jira-settings.ts'
import { mattermostSection } from './mattermost-settings.ts'
import { msteamsSection } from './msteams-settings.ts'
import { msteamsv2Section } from './msteamsv2-settings.ts'
import { opsgenieSection } from './opsgenie-settings.ts'
import { pagerdutySection } from './pagerduty-settings.ts'
import { pushoverSection } from './pushover-settings.ts'
import type { ReceiverSection } from './receiver-kind.ts'
import { rocketchatSection } from './rocketchat-settings.ts'
import { slackSection } from './slack-settings.ts'
import { snsSection } from './sns-settings.ts'
import { telegramSection } from './telegram-settings.ts'
import { victoropsSection } from './victorops-settings.ts'
import { webexSection } from './webex-settings.ts'
import { webhookSection } from './webhook-settings.ts'
import { wechatSection } from './wechat-settings.ts'

/** Every kind of receiver by name, in the order in which a receiver with several is printed (config.go, Receiver). */
export const RECEIVER_SECTIONS = {
  discord: discordSection,
  email: emailSection,
  incidentio: incidentioSection,
  pagerduty: pagerdutySection,
  slack: slackSection,
  webhook: webhookSection,
  opsgenie: opsgenieSection,
  wechat: wechatSection,
  pushover: pushoverSection,
  victorops: victoropsSection,
  sns: snsSection,
  telegram: telegramSection,
  webex: webexSection,
  msteams: msteamsSection,
  msteamsv2: msteamsv2Section,
  jira: jiraSection,
  rocketchat: rocketchatSection,
  mattermost: mattermostSection,
}

export type ReceiverName = keyof typeof RECEIVER_SECTIONS

/** The settings of each kind. */
export type SettingsByName = {
  readonly [N in ReceiverName]: (typeof RECEIVER_SECTIONS)[N] extends ReceiverSection<infer S>
    ? S
    : never
}
