export const SCENARIOS = ['normal', 'errors', 'slow'] as const

export type Scenario = (typeof SCENARIOS)[number]

/** Paths with how often each is asked, in hundredths. */
type Mix = readonly (readonly [share: number, path: string])[]

/** What is asked of the demonstration. `errors` and `slow` ask as the usual load test of such services does. */
const MIXES: Readonly<Record<Scenario, Mix>> = {
  normal: [
    [70, '/'],
    [20, '/status/200'],
    [5, '/status/201'],
    [2, '/status/404'],
    [2, '/status/200?seconds_sleep=0.3'],
    [1, '/status/500'],
  ],
  errors: [
    [30, '/'],
    [20, '/status/400'],
    [20, '/status/409'],
    [25, '/status/500'],
    [5, '/status/503'],
  ],
  slow: [
    [40, '/'],
    [40, '/status/200?seconds_sleep=1'],
    [20, '/status/200?seconds_sleep=2'],
  ],
}

/** The path to ask next; `random` is from 0 to 1. */
export function choosePath(scenario: Scenario, random: number): string {
  let left = random * 100
  for (const [share, path] of MIXES[scenario]) {
    left -= share
    if (left < 0) return path
  }
  return '/'
}
