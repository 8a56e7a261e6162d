using System.Text.Json.Serialization;

namespace Sluice.ServiceDefaults.Errors;

/// <summary>Body of every refusal of the OpenAI surface: <c>{"error":{…}}</c>.</summary>
public sealed record OpenAiErrorBody([property: JsonPropertyName("error")] OpenAiError Error);
