import type { QueryLanguage } from './query-language.ts'

/** Every language that the editor speaks, each read when it is first used. */
const LANGUAGES = {
  promql: async () => (await import('./promql/promql-language.ts')).promqlLanguage,
  logql: async () => (await import('./logql/logql-language.ts')).logqlLanguage,
  traceql: async () => (await import('./traceql/traceql-language.ts')).traceqlLanguage,
} as const satisfies Readonly<Record<string, () => Promise<QueryLanguage>>>

export type LanguageId = keyof typeof LANGUAGES

export function loadLanguage(id: LanguageId): Promise<QueryLanguage> {
  return LANGUAGES[id]()
}
