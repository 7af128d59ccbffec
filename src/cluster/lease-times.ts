/** A member looks after its leases so often. */
export const ROUND_MS = 3000
/** A lease that was not renewed for so long, on the clock of who watches, may be taken. */
export const LEASE_LIFE_MS = 12_000
/** So much sooner its holder stops working on it, counted from before it asked for the renewal: clocks run at different speeds. */
const LEASE_MARGIN_MS = 2000
/** How long a holder works on what it once held without hearing from the database. */
export const HOLD_MS = LEASE_LIFE_MS - LEASE_MARGIN_MS
/** What is under way on shards that go to others may take so long. */
export const DRAIN_MS = 4000
/** A round that the database does not answer is given up after this. */
export const ROUND_TIMEOUT_MS = 8000
/** Each of the two steps in which a member leaves: the end of the program must not wait for a database that is away. */
export const STOP_MS = 1500
