/** The version of this program, the same as in package.json. */
export const VERSION = '0.1.0'

/** The version of Prometheus whose behaviour is answered: clients decide by it what they may ask. */
export const PROMETHEUS_VERSION = '3.5.0'

/** The version of Loki whose behaviour is answered. */
export const LOKI_VERSION = '3.5.0'

/** The version of Tempo whose behaviour is answered. */
export const TEMPO_VERSION = '2.8.2'
