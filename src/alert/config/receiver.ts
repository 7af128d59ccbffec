import type { ReceiverName, SettingsByName } from '../notify/receiver-sections.ts'

/** One entry of one of a receiver's `<kind>_configs`: its kind and settings belong together. */
export type ReceiverEntry<N extends ReceiverName = ReceiverName> = {
  readonly [K in N]: {
    readonly kind: K
    /** Its place in the list, from 0: `slack[1]`. */
    readonly index: number
    readonly settings: SettingsByName[K]
  }
}[N]
