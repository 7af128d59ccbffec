/** What `job_name` the files of this host have; only they are looked into before they are read. */
export const HOST_FILES_JOB = 'varlogs'

/** Neither text, nor what is written now, nor what the journal has too. */
const EXCLUDED = [
  '/var/log/{journal,private,sysstat,sa,pcp}/**',
  '/var/log/**/{wtmp,btmp,lastlog,faillog,tallylog,README}*',
  '/var/log/**/*.{gz,xz,bz2,zst,lz4,Z,zip,tar,old,db,journal,journal~,pcap}',
  '/var/log/**/*.{[0-9],[0-9][0-9]}',
  '/var/log/**/*-[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]*',
]

const TIME = [
  String.raw`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?`,
  String.raw`[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d`,
].join('|')

const LEVELS =
  'emerg|alert|crit(?:ical)?|fatal|panic|err(?:or)?|warn(?:ing)?|notice|info|debug|trace'

/**
 * The logs of this host when nothing is configured, as a promtail file: its journal, and the text files under /var/log. Labels are
 * those that promtail's users know: `job`, `unit`, `level`, `hostname`, `filename`. Lines that begin with a time have that time,
 * which is in `timeZone` where it does not say so itself; those that Loki's limits would refuse for their age are left out.
 */
export function hostLogs(timeZone: string): string {
  return `
scrape_configs:
  - job_name: journal
    journal: {max_age: 12h, labels: {job: journal}}
    relabel_configs:
      - {source_labels: [__journal__systemd_unit], target_label: unit}
      - {source_labels: [__journal__hostname], target_label: hostname}
      - {source_labels: [__journal_priority_keyword], target_label: level}
      - {source_labels: [__journal__transport], regex: kernel, target_label: unit, replacement: kernel}
  - job_name: ${HOST_FILES_JOB}
    static_configs:
      - labels:
          job: ${HOST_FILES_JOB}
          __path__: /var/log/**
          __path_exclude__: '{${EXCLUDED.join(',')}}'
    pipeline_stages:
      - regex: {expression: '^(?P<time>${TIME})'}
      - timestamp:
          source: time
          format: '2006-01-02T15:04:05Z07:00'
          fallback_formats: ['2006-01-02 15:04:05', '2006-01-02T15:04:05', 'Jan _2 15:04:05', '2006-01-02 15:04:05Z07:00']
          location: '${timeZone}'
          action_on_failure: skip
      - drop: {older_than: 167h, drop_counter_reason: too_old}
      - regex: {expression: '(?i)(?:^|[^a-z])(?P<level>${LEVELS})(?:$|[^a-z])'}
      - template: {source: level, template: '{{ ToLower .Value }}'}
      - labels: {level: }
`
}
