import type { CommonSettings, ReceiverKind } from './receiver-kind.ts'

/** Every kind that delivers, by its name. */
export const RECEIVER_KINDS: Readonly<Record<string, ReceiverKind<CommonSettings>>> = {}
