import type { LabelsJson } from '../../../src/contract/prometheus.ts'

/** How grave a line is, the gravest first. `unknown`: it does not say. */
export const LEVELS = ['critical', 'error', 'warn', 'info', 'debug', 'trace', 'unknown'] as const
export type LogLevel = (typeof LEVELS)[number]

/** What senders call them, in lower case. */
const NAMES: Readonly<Record<string, LogLevel>> = {
  ...{ emerg: 'critical', emergency: 'critical', alert: 'critical', crit: 'critical' },
  ...{ critical: 'critical', fatal: 'critical', panic: 'critical' },
  ...{ err: 'error', error: 'error', eror: 'error', severe: 'error' },
  ...{ warn: 'warn', warning: 'warn' },
  ...{ info: 'info', information: 'info', informational: 'info', notice: 'info' },
  ...{ debug: 'debug', dbug: 'debug', trace: 'trace', verbose: 'trace' },
}

/** Labels and fields that name a level, in the order in which they are believed. */
export const LEVEL_LABELS: readonly string[] = [
  ...['detected_level', 'level', 'severity', 'severity_text', 'lvl', 'log_level', 'loglevel'],
]

/** The words of `NAMES` as a regular expression of RE2: what a server looks for in a line that says its level in the text only. */
export const LEVEL_WORDS =
  'emerg|emergency|alert|crit|critical|fatal|panic|err|error|warn|warning|notice|info|debug|trace'
const WORD_IN_TEXT = new RegExp(`\\b(?:${LEVEL_WORDS})\\b`, 'i')
/** A level stands near the beginning. */
const SEARCHED_CHARS = 400

/** The level that a label names. */
export function toLevel(name: string | undefined): LogLevel {
  return NAMES[(name ?? '').trim().toLowerCase()] ?? 'unknown'
}

/** The level of a line: what its labels say, or else the first word of its text that is one. */
export function detectLevel(labels: readonly LabelsJson[], text: string): LogLevel {
  for (const name of LEVEL_LABELS) {
    for (const set of labels) {
      const level = toLevel(set[name])
      if (level !== 'unknown') return level
    }
  }
  return toLevel(WORD_IN_TEXT.exec(text.slice(0, SEARCHED_CHARS))?.[0])
}

/** In a column of their own width. */
export const SHORT_NAMES: Readonly<Record<LogLevel, string>> = {
  ...{ critical: 'CRIT', error: 'ERR', warn: 'WARN', info: 'INFO', debug: 'DBG' },
  ...{ trace: 'TRC', unknown: '' },
}

/** Colours by scheme, each at least 3:1 against the surface; lists show the level's name besides. */
export const LEVEL_COLORS: Readonly<Record<'light' | 'dark', Readonly<Record<LogLevel, string>>>> =
  {
    light: {
      ...{ critical: '#9b2fae', error: '#c02b2b', warn: '#b86e00', info: '#2f7d32' },
      ...{ debug: '#2a63c9', trace: '#5f7386', unknown: '#7a8694' },
    },
    dark: {
      ...{ critical: '#e08cf0', error: '#ff7a7a', warn: '#e2b04a', info: '#6fcf8b' },
      ...{ debug: '#7ea6ff', trace: '#93a6b8', unknown: '#76828f' },
    },
  }
