"""Model endpoints: asked over OpenAI's protocol, found, and listed in a panel file."""
