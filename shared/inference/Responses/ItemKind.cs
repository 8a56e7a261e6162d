namespace Sluice.Inference.Responses;

/// <summary>What an item of the output is.</summary>
internal enum ItemKind
{
    Message,
    FunctionCall,
    Reasoning,
}
