namespace Sluice.Streaming.Responses;

/// <summary>The API that made a response; its events have that form. The names are stored.</summary>
internal enum ResponseSurface
{
    /// <summary>Chat Completions.</summary>
    Chat,

    /// <summary>The Responses API.</summary>
    Responses,
}
