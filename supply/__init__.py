"""Where the code that inboxd runs comes from: licences of its libraries, and a bill of materials."""
