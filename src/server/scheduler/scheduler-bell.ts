/** The key under which the scheduler waits at the server's doorbell: rung when something became due or ended. */
export const schedulerBell = 'scheduler'
