"""Who is who: identity, relation to the brand, authenticity of accounts."""
