/** What the token of a sign-out form is good for: ending this one session. */

export const signOutPurpose = (sessionId: string): string => `sign-out/${sessionId}`
