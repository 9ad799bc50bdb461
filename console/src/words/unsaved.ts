/** What is asked before something is left that was changed and not saved. */
export const leaveUnsaved = "What you changed is not saved. Leave it?";
