namespace Sluice.Inference.Chat;

/// <summary>What <see cref="ChatRequestReader"/> collects while it walks over a body.</summary>
internal sealed class ChatRequestFields
{
    public string? Model { get; set; }

    public bool Stream { get; set; }

    public bool HasStreamOptions { get; set; }

    public bool IncludeUsage { get; set; }

    public int Choices { get; set; } = 1;

    public int? MaxTokens { get; set; }

    public int? MaxCompletionTokens { get; set; }

    public bool HasMessages { get; set; }

    public int MessageCount { get; set; }

    public int MessageBytes { get; set; }

    public Range LastUserContent { get; set; } = 0..0;

    public Range AssistantPrefix { get; set; } = 0..0;
}
