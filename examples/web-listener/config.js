// Of your Firebase project (console, project settings, your apps); none of these is a secret.
export const FIREBASE = { projectId: "my-app", apiKey: "AIza...", authDomain: "my-app.firebaseapp.com" };
// The deployed service, whose CONSENSUS_CORS_ORIGINS names this page's origin.
export const SERVICE = "https://consensus.example.com";
