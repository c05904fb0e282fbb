"""Write a conversation as a file that its agent resumes."""
