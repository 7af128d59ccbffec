import type { ReceiverEntry } from '../config/receiver.ts'
import { discord } from './discord.ts'
import { email } from './email.ts'
import { incidentio } from './incidentio.ts'
import { jira } from './jira.ts'
import { mattermost } from './mattermost.ts'
import { msteams } from './msteams.ts'
import { msteamsv2 } from './msteamsv2.ts'
import { opsgenie } from './opsgenie.ts'
import { pagerduty } from './pagerduty.ts'
import { pushover } from './pushover.ts'
import type { Notifier, NotifyTools, ReceiverKind } from './receiver-kind.ts'
import type { ReceiverName, SettingsByName } from './receiver-sections.ts'
import { rocketchat } from './rocketchat.ts'
import { slack } from './slack.ts'
import { sns } from './sns.ts'
import { telegram } from './telegram.ts'
import { victorops } from './victorops.ts'
import { webex } from './webex.ts'
import { webhook } from './webhook.ts'
import { wechat } from './wechat.ts'

/** Every kind that delivers, by its name. */
const RECEIVER_KINDS: { readonly [N in ReceiverName]: ReceiverKind<SettingsByName[N]> } = {
  discord,
  email,
  incidentio,
  jira,
  mattermost,
  msteams,
  msteamsv2,
  opsgenie,
  pagerduty,
  pushover,
  rocketchat,
  slack,
  sns,
  telegram,
  victorops,
  webex,
  webhook,
  wechat,
}

/** Makes what delivers for one entry of a receiver. */
export function createNotifier<N extends ReceiverName>(
  entry: ReceiverEntry<N>,
  tools: NotifyTools,
): Notifier {
  const kind: ReceiverKind<SettingsByName[N]> = RECEIVER_KINDS[entry.kind]
  return kind.create(entry.settings, tools)
}
