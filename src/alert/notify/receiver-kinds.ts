import type { ReceiverEntry } from '../config/receiver.ts'
import type { Notifier, NotifyTools, ReceiverKind } from './receiver-kind.ts'
import type { ReceiverName, SettingsByName } from './receiver-sections.ts'
import { email } from './email.ts'
import { slack } from './slack.ts'
import { telegram } from './telegram.ts'
import { webhook } from './webhook.ts'

/** Every kind that delivers, by its name. */
const RECEIVER_KINDS: { readonly [N in ReceiverName]?: ReceiverKind<SettingsByName[N]> } = {
  email,
  slack,
  telegram,
  webhook,
}

/** Makes what delivers for one entry of a receiver; undefined for a kind that is read but not delivered to yet. */
export function createNotifier<N extends ReceiverName>(
  entry: ReceiverEntry<N>,
  tools: NotifyTools,
): Notifier | undefined {
  const kind: ReceiverKind<SettingsByName[N]> | undefined = RECEIVER_KINDS[entry.kind]
  return kind?.create(entry.settings, tools)
}
