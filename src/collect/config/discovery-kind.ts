import { Section, type SectionSpec } from '../../yaml/section.ts'

/** A service discovery that is recognised by name, checked and printed, but that finds no targets yet. */
export interface DiscoveryKind {
  /** `azure` stands for the key `azure_sd_configs`. */
  readonly name: string
  readonly section: Section
  /** True when the keys of an HTTP client stand among its own. */
  readonly hasHttpClient: boolean
}

export function withHttp(name: string, spec: SectionSpec): DiscoveryKind {
  return { name, section: new Section(spec), hasHttpClient: true }
}

export function withoutHttp(name: string, spec: SectionSpec): DiscoveryKind {
  return { name, section: new Section(spec), hasHttpClient: false }
}
