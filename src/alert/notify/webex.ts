import { httpNotifier } from './http-notifier.ts'
import type { ReceiverKind } from './receiver-kind.ts'
import { outcomeOf } from './retry-status.ts'
import { truncateBytes } from './truncate.ts'
import type { WebexSettings } from './webex-settings.ts'

/** Webex refuses longer messages. */
const MAX_MESSAGE_BYTES = 7439

/** Posts into a room by a bot (notify/webex/webex.go). */
export const webex: ReceiverKind<WebexSettings> = {
  name: 'webex',
  create: (settings, tools) =>
    httpNotifier(settings, tools, async ({ texts, post }) => {
      const answer = await post(settings.apiUrl, {
        markdown: truncateBytes(texts.body(settings.message), MAX_MESSAGE_BYTES),
        roomId: texts.need('room_id', settings.roomId),
      })
      return outcomeOf(answer)
    }),
}
