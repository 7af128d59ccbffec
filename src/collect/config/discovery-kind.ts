import { Section, type SectionSpec } from '../../yaml/section.ts'

/** A service discovery: its keys are checked and printed again. */
export interface DiscoveryKind {
  /** `azure` stands for the key `azure_sd_configs`. */
  readonly name: string
  readonly section: Section
  /** True when the keys of an HTTP client stand among its own. */
  readonly hasHttpClient: boolean
  /** True when it finds targets here (discovery/discoveries.ts); of the others a warning says that they find none. */
  readonly finds: boolean
}

export function withHttp(name: string, spec: SectionSpec): DiscoveryKind {
  return { name, section: new Section(spec), hasHttpClient: true, finds: false }
}

export function withoutHttp(name: string, spec: SectionSpec): DiscoveryKind {
  return { name, section: new Section(spec), hasHttpClient: false, finds: false }
}

/** The kind as one that finds targets. */
export function finding(kind: DiscoveryKind): DiscoveryKind {
  return { ...kind, finds: true }
}
