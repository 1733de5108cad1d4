/** Texts of how far a job is. */
export const jobProgressTexts = {
  en: {
    left: (time: string) => `about ${time} left`,
    speed: (rate: string) => `${rate}/s`,
  },
  zh: {
    left: (time: string) => `预计剩余 ${time}`,
    speed: (rate: string) => `${rate}/秒`,
  },
}
